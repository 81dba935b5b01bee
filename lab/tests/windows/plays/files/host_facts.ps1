# odin.office365: host_facts
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string]$Path
)
$Ansible.Changed = $false
