# odin.office365: read_assemblies
# Names, file versions and digests of the assemblies directly in some folders. Changes nothing.
param([Parameter(Mandatory = $true)][string[]]$Path)

$folders = foreach ($folder in $Path) {
    $real = [Environment]::ExpandEnvironmentVariables($folder)
    $exists = Test-Path -LiteralPath $real -PathType Container
    $files = @()
    if ($exists) {
        $found = Get-ChildItem -LiteralPath $real -File | Where-Object { $_.Extension -in '.dll', '.exe' } | Sort-Object -Property Name
        $files = @(foreach ($file in $found) {
            $digest = (Get-FileHash -LiteralPath $file.FullName -Algorithm SHA256).Hash.ToLowerInvariant()
            @{ name = $file.Name; file_version = [string]$file.VersionInfo.FileVersion; sha256 = $digest }
        })
    }
    @{ path = $folder; exists = $exists; files = $files }
}
$Ansible.Result = @{ folders = @($folders) }
$Ansible.Changed = $false
