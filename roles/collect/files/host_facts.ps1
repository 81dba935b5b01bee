# odin.office365: host_facts
# What preflight must know of an endpoint host. Changes nothing.
param([Parameter(Mandatory = $true)][string]$Path)

$drive = New-Object -TypeName System.IO.DriveInfo -ArgumentList ([System.IO.Path]::GetPathRoot($Path))
$user = New-Object -TypeName Security.Principal.WindowsPrincipal -ArgumentList ([Security.Principal.WindowsIdentity]::GetCurrent())
$addresses = [System.Net.Dns]::GetHostAddresses([System.Net.Dns]::GetHostName()) | Where-Object { $_.AddressFamily -eq 'InterNetwork' }
$Ansible.Result = @{
    powershell_version = $PSVersionTable.PSVersion.ToString()
    windows_version = [Environment]::OSVersion.Version.ToString()
    free_bytes = $drive.AvailableFreeSpace
    ip_addresses = @($addresses | ForEach-Object { $_.ToString() } | Sort-Object)
    is_administrator = $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}
$Ansible.Changed = $false
