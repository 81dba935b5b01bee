# odin.office365: unblock
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory = $true)]
    [string[]]$Path
)
$Ansible.Changed = $false
