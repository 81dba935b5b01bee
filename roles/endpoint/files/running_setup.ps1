# odin.office365: running_setup
# Whether a setup.cmd of this folder is at work: it goes on when the run that started it has ended. Changes nothing.
param([Parameter(Mandatory = $true)][string]$Folder)

$processes = Get-CimInstance -ClassName Win32_Process -ErrorAction Stop |
    Where-Object { $_.CommandLine -and $_.CommandLine.IndexOf($Folder, [System.StringComparison]::OrdinalIgnoreCase) -ge 0 }
$Ansible.Result = @{ command_lines = @($processes | ForEach-Object { $_.CommandLine }) }
$Ansible.Changed = $false
