# odin.office365: sql_sysadmin
# Is a login a member of the server role sysadmin? Only reads. No message repeats the connection string, which is a secret.
param(
    [Parameter(Mandatory = $true)][securestring]$ConnectionString,
    [string]$Site = '',
    [string]$Login = ''
)

$answer = @{ site = $Site; login = $Login; member = $null; error = '' }
$connection = New-Object -TypeName System.Data.SqlClient.SqlConnection
try {
    $secret = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList 'unused', $ConnectionString
    $connection.ConnectionString = $secret.GetNetworkCredential().Password
    $command = $connection.CreateCommand()
    $command.CommandText = "SELECT COALESCE(NULLIF(@login, ''), SUSER_SNAME()), IS_SRVROLEMEMBER('sysadmin', COALESCE(NULLIF(@login, ''), SUSER_SNAME()))"
    [void]$command.Parameters.AddWithValue('@login', $Login)
    $connection.Open()
    $reader = $command.ExecuteReader()
    [void]$reader.Read()
    $answer.login = $reader.GetString(0)
    if (-not $reader.IsDBNull(1)) {
        $answer.member = $reader.GetInt32(1) -eq 1
    }
}
catch {
    # A text that is no connection string is quoted in the message; SQL Server and the network quote nothing of it.
    $cause = $_.Exception.GetBaseException()
    $answer.error = if ($cause -is [System.ArgumentException]) { 'the connection string cannot be read' } else { $cause.Message }
}
finally {
    $connection.Dispose()
}
$Ansible.Result = $answer
$Ansible.Changed = $false
