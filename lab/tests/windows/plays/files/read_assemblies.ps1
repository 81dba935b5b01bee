# odin.office365: read_assemblies
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string[]]$Path
)
$Ansible.Changed = $false
