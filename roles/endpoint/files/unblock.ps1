# odin.office365: unblock
# Take the mark of a download away from files, so that what is unpacked from them is not blocked either.
[CmdletBinding(SupportsShouldProcess = $true)]
param([Parameter(Mandatory = $true)][string[]]$Path)

$unblocked = @()
foreach ($file in $Path) {
    if (Get-Item -LiteralPath $file -Stream Zone.Identifier -ErrorAction SilentlyContinue) {
        if ($PSCmdlet.ShouldProcess($file, 'Unblock')) {
            Unblock-File -LiteralPath $file
        }
        $unblocked += $file
    }
}
$Ansible.Changed = $unblocked.Count -gt 0
$Ansible.Result = @{ unblocked = @($unblocked) }
