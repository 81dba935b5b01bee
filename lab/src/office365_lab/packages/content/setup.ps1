# Stand-in of the laboratory for the endpoint setup. The lab's Windows binds the parameters as PowerShell
# would, from the block below, and does the work itself; on a real Windows this script refuses to run.
[CmdletBinding()]
param(
    [string]$DispatcherSiteName,
    [string]$DispatcherAppName,
    [string]$DispatcherIPAddress,
    [Parameter(Mandatory = $true)]
    [string]$GatewaySiteName,
    [Parameter(Mandatory = $true)]
    [string]$GatewayAppName,
    [Parameter(Mandatory = $true)]
    [string]$GatewayIPAddress,
    [Parameter(Mandatory = $true)]
    [string]$GatewaySiteCertSubject,
    [string]$MSCertPath,
    [switch]$Force
)
$ErrorActionPreference = 'Stop'
Write-Error 'This package was built by office365-lab and can only be installed on its endpoint hosts.'
exit 1
