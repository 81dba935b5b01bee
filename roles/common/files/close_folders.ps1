# odin.office365: close_folders
# Close folders, and make those that are missing, so that only administrators and the system can write into them: what is started from a folder
# is started with the programs that lie in it. Others may read those in Readable, and nobody else reads those in Private.
# Folders that are closed already stay as they are. No module replaces the owner and all rules at once.
[CmdletBinding(SupportsShouldProcess = $true)]
param([string[]]$Readable = @(), [string[]]$Private = @())

$owners = 'S-1-5-32-544', 'S-1-5-18'
$users = 'S-1-5-32-545'
$identifier = [System.Security.Principal.SecurityIdentifier]
$reading = [int][System.Security.AccessControl.FileSystemRights]'ReadAndExecute, Synchronize'

function Test-Closed([string]$Path, [bool]$UsersRead) {
    $security = Get-Acl -LiteralPath $Path
    $granted = $security.GetAccessRules($true, $true, $identifier) | Where-Object { $_.AccessControlType -eq 'Allow' }
    $foreign = $granted | Where-Object {
        $who = $_.IdentityReference.Value
        $reads = $UsersRead -and $who -eq $users -and ([int]$_.FileSystemRights -band -bnot $reading) -eq 0
        $who -notin $owners -and -not $reads
    }
    $security.AreAccessRulesProtected -and $security.GetOwner($identifier).Value -in $owners -and -not $foreign
}

$folders = foreach ($told in @($Readable) + @($Private)) {
    $path = [Environment]::ExpandEnvironmentVariables($told)
    $usersRead = $told -in $Readable
    if ([System.IO.Path]::GetPathRoot($path).TrimEnd('\') -eq $path.TrimEnd('\')) {
        throw "$path is a whole drive, which cannot be closed to others. Choose a folder on it."
    }
    $item = Get-Item -LiteralPath $path -Force -ErrorAction SilentlyContinue
    if ($item -and (-not $item.PSIsContainer -or ($item.Attributes -band [System.IO.FileAttributes]::ReparsePoint))) {
        throw "$path is a link or a file, not a folder. Look who made it; remove it, or choose another folder."
    }
    $rules = 'O:BAG:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)'
    if ($usersRead) {
        $rules += '(A;OICI;0x1200a9;;;BU)'
    }
    $security = New-Object -TypeName System.Security.AccessControl.DirectorySecurity
    $security.SetSecurityDescriptorSddlForm($rules)
    try {
        $closed = $item -and (Test-Closed $path $usersRead)
        if (-not $closed -and $PSCmdlet.ShouldProcess($path, 'Close')) {
            if ($item) {
                Set-Acl -LiteralPath $path -AclObject $security
            } else {
                [void][System.IO.Directory]::CreateDirectory($path, $security)
            }
        }
    } catch {
        throw "$path cannot be closed to others: $($_.Exception.Message) Look who made it; remove it, or choose another folder."
    }
    @{ path = $told; existed = [bool]$item; closed_before = [bool]$closed }
}
$Ansible.Result = @{ folders = @($folders) }
$Ansible.Changed = @($folders | Where-Object { -not $_.closed_before }).Count -gt 0
