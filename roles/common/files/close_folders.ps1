# odin.office365: close_folders
# Folders that only administrators and the system can write into: what is started from a folder is started with the programs that lie in it.
# Others may read those in Readable, and nobody else reads those in Private. What is missing is made closed, and what is closed already stays.
# A folder of others is never taken over: what they put there could be used, and a handle that they hold outlives a change of the rules. So an
# empty one is made anew, and any other is refused.
[CmdletBinding(SupportsShouldProcess = $true)]
param([string[]]$Readable = @(), [string[]]$Private = @())

$owners = 'S-1-5-32-544', 'S-1-5-18'
$users = 'S-1-5-32-545'
$identifier = [System.Security.Principal.SecurityIdentifier]
$reading = [int][System.Security.AccessControl.FileSystemRights]'ReadAndExecute, Synchronize'
$advice = 'Look who made it and what is in it; remove it, or choose another folder.'

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

function New-ClosedFolder([string]$Path, [bool]$UsersRead) {
    $rules = 'O:BAG:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)'
    if ($UsersRead) {
        $rules += '(A;OICI;0x1200a9;;;BU)'
    }
    $security = New-Object -TypeName System.Security.AccessControl.DirectorySecurity
    $security.SetSecurityDescriptorSddlForm($rules)
    [void][System.IO.Directory]::CreateDirectory($Path, $security)
    # CreateDirectory says nothing where somebody was faster, or where the drive keeps no rules
    if (-not (Test-Closed $Path $UsersRead)) {
        throw 'it was made, but others have rights on it.'
    }
}

$folders = foreach ($told in @($Readable) + @($Private)) {
    $path = [System.IO.Path]::GetFullPath([Environment]::ExpandEnvironmentVariables($told))
    $usersRead = $told -in $Readable
    if ([System.IO.Path]::GetPathRoot($path).TrimEnd('\') -eq $path.TrimEnd('\')) {
        throw "$path is a whole drive, which cannot be closed to others. Choose a folder on it."
    }
    $item = Get-Item -LiteralPath $path -Force -ErrorAction SilentlyContinue
    if ($item -and (-not $item.PSIsContainer -or ($item.Attributes -band [System.IO.FileAttributes]::ReparsePoint))) {
        throw "$path is a link or a file, not a folder. $advice"
    }
    try {
        $closed = $item -and (Test-Closed $path $usersRead)
        $filled = $item -and -not $closed -and @([System.IO.Directory]::GetFileSystemEntries($path)).Count -gt 0
        if (-not $closed -and -not $filled -and $PSCmdlet.ShouldProcess($path, 'Make closed')) {
            if ($item) {
                # refuses a folder that is not empty any more
                [System.IO.Directory]::Delete($path)
            }
            New-ClosedFolder $path $usersRead
        }
    } catch {
        throw "$path cannot be closed to others: $($_.Exception.Message) $advice"
    }
    if ($filled) {
        throw "$path is not empty and not closed to others: what is in it may be from anybody. $advice"
    }
    @{ path = $told; existed = [bool]$item; closed_before = [bool]$closed }
}
$Ansible.Result = @{ folders = @($folders) }
$Ansible.Changed = @($folders | Where-Object { -not $_.closed_before }).Count -gt 0
