# odin.office365: read_sites
# The IIS sites with their bindings, as IIS writes them. Changes nothing.
Import-Module -Name WebAdministration

$sites = foreach ($site in Get-Website) {
    # a site of FTP only has no state, and asking for it fails
    $state = try { [string]$site.state } catch { '' }
    $bindings = foreach ($binding in $site.bindings.Collection) {
        @{ protocol = [string]$binding.protocol; information = [string]$binding.bindingInformation }
    }
    @{ name = [string]$site.name; state = $state; application_pool = [string]$site.applicationPool; bindings = @($bindings) }
}
$Ansible.Result = @{ sites = @($sites) }
$Ansible.Changed = $false
