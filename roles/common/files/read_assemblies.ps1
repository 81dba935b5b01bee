# odin.office365: read_assemblies
# Names, file versions and digests of the assemblies directly in some folders. Changes nothing.
# A folder that cannot be read says why in its row: it may be one of an application that is none of ours.
param([Parameter(Mandatory = $true)][string[]]$Path)

$folders = foreach ($folder in $Path) {
    $real = [Environment]::ExpandEnvironmentVariables($folder)
    $row = @{ path = $folder; exists = $false; files = @(); error = '' }
    try {
        $row.exists = Test-Path -LiteralPath $real -PathType Container
        if ($row.exists) {
            $found = Get-ChildItem -LiteralPath $real -File | Where-Object { $_.Extension -in '.dll', '.exe' } | Sort-Object -Property Name
            $row.files = @(foreach ($file in $found) {
                $digest = (Get-FileHash -LiteralPath $file.FullName -Algorithm SHA256).Hash.ToLowerInvariant()
                @{ name = $file.Name; file_version = [string]$file.VersionInfo.FileVersion; sha256 = $digest }
            })
        }
    } catch {
        $row.error = $_.Exception.Message
    }
    $row
}
$Ansible.Result = @{ folders = @($folders) }
$Ansible.Changed = $false
