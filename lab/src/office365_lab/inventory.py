"""The inventory of a lab: what a user of the collection would write by hand for this installation.

Secrets stand in one file of mode 0600; everything else may be read by anybody.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from office365_lab import billing, csp_agent_inventory
from office365_lab.billing_plans import billing_plans
from office365_lab.installation import (
    MANAGEMENT_NODE,
    PROVIDER_ACCOUNT,
    RESELLER_ACCOUNT,
    TARGET_VERSION,
    Credentials,
    EndpointHost,
    Installation,
)
from office365_lab.layout import LabLayout
from office365_lab.management_node import WORK_FOLDER
from office365_lab.options import LabOptions
from office365_lab.packages.builder import package_file_name
from office365_lab.server import LOOPBACK
from office365_lab.windows import sql_server
from office365_lab.windows.initial import gateway_login

if TYPE_CHECKING:
    from office365_lab.platform import PlatformAddresses
    from office365_lab.windows import WindowsAddresses

_RESOURCE_SETTINGS_VERSIONS = ("16.6.3", "16.6.4")
_POLL_INTERVALS = (
    "application_poll_interval",
    "autoconf_poll_interval",
    "endpoint_iisreset_poll_interval",
    "endpoint_setup_poll_interval",
    "import_csp_subscriptions_poll_interval",
    "new_offers_poll_interval",
    "provisioning_open_tasks_poll_interval",
    "resource_settings_poll_interval",
    "tenant_counters_poll_interval",
)
# autoconf.py of the lab takes the instances that are upgraded; the real command line is unknown.
_AUTOCONF_COMMAND = (
    "{{ ['autoconf.py', '--application-id', office365_plan.application_id] + ((['--application-instance-id']"
    " | product(office365_plan.single_instances | map(attribute='application_instance_id'))) | flatten) }}"
)
_LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}


class _Unsafe(str):
    """A text that Ansible must not take for a template: tagged ``!unsafe``, as a user would write it."""


class _Dumper(yaml.SafeDumper):
    """YAML with :class:`_Unsafe`."""


_Dumper.add_representer(_Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))


def _literal(text: str) -> str:
    """A name as it is, whatever it looks like."""
    return _Unsafe(text) if "{{" in text or "{%" in text or "{#" in text else text


@dataclasses.dataclass(frozen=True)
class LabFacts:
    """Everything that the inventory is made of."""

    layout: LabLayout
    options: LabOptions
    installation: Installation
    credentials: Credentials
    platform: PlatformAddresses
    windows: WindowsAddresses
    csp_agent_url: str = ""  # what the csp-agent-war of the Linux host answers


def write(facts: LabFacts) -> None:
    """Write ``inventory/hosts.yml`` and ``inventory/group_vars/all/{main,secrets}.yml``."""
    folder = facts.layout.inventory
    variables = folder / "group_vars" / "all"
    variables.mkdir(parents=True, exist_ok=True)
    _write(folder / "hosts.yml", hosts(facts))
    _write(variables / "main.yml", main_variables(facts))
    secrets = variables / "secrets.yml"
    secrets.touch(mode=0o600)
    _write(secrets, secret_variables(facts))


def public_api_url(options: LabOptions, platform: PlatformAddresses) -> str:
    """The Public API's URL with the scheme that the options ask for."""
    port = platform.api_https_port if options.api_scheme == "https" else platform.api_http_port
    return f"{options.api_scheme}://{LOOPBACK}:{port}/"


def report_folder(layout: LabLayout) -> Path:
    """Where the collection's reports go: the folder belongs to the lab, so the next start empties it."""
    return layout.root / "reports"


def hosts(facts: LabFacts) -> dict[str, Any]:
    """Groups and hosts with their connection variables."""
    return {
        "all": {
            "children": {
                "management_node": {"hosts": {MANAGEMENT_NODE: dict(_LOCAL)}},
                "endpoint_hosts": {
                    "hosts": {host.name: _endpoint_host(facts, host) for host in facts.installation.hosts},
                    "vars": _windows_connection(facts),
                },
                "billing": {"hosts": {"billing01": dict(_LOCAL)}},
                **(csp_agent_inventory.groups(facts) if facts.options.has_csp_agent else {}),
            }
        }
    }


def main_variables(facts: LabFacts) -> dict[str, Any]:
    """What all hosts know, without secrets."""
    layout, root = facts.layout, facts.layout.management_node
    return {
        "oa_api_url": public_api_url(facts.options, facts.platform),
        "oa_api_username": facts.credentials.api_username if facts.options.api_authentication else "",
        "oa_api_ca_path": _ca(layout),
        "oa_aps_url": f"https://{LOOPBACK}:{facts.platform.aps_port}/",
        "oa_aps_ca_path": _ca(layout),
        "billing_api_url": f"https://{LOOPBACK}:{facts.platform.billing_https_port}/RPC2",
        "billing_api_username": facts.credentials.billing_username if facts.options.api_authentication else "",
        "billing_api_ca_path": _ca(layout),
        "billing_plan_ids": [plan.id for plan in billing_plans(facts.installation)],
        "oa_database": {
            "psql": str(facts.platform.psql),
            "host": str(facts.platform.database_socket_folder),
            "user": facts.platform.database_user,
            "name": "oss",
        },
        "office365_package": _package(layout, TARGET_VERSION),
        "office365_resource_settings_packages": [_package(layout, v) for v in _RESOURCE_SETTINGS_VERSIONS],
        "office365_service_template_owners": [PROVIDER_ACCOUNT, RESELLER_ACCOUNT],
        "office365_python": str(root / "usr/bin/python"),
        "office365_work_folder": str(root / WORK_FOLDER),
        "office365_state_folder": str(root / "var/lib/odin-office365"),
        "office365_report_folder": str(report_folder(layout)),
        "autoconf_command": _AUTOCONF_COMMAND,
        "store_customizations_files": [_replacement(layout, name) for name in billing.CUSTOMIZATIONS],
        "office365_synchronization_folder": str(billing.server(layout) / billing.SYNCHRONIZATION_FOLDER),
        "office365_schedule_paths": [str(billing.server(layout) / billing.SCHEDULE_FOLDER)],
        **_of_scenario(facts),
        # work that takes minutes in life takes about a second here
        **dict.fromkeys(_POLL_INTERVALS, 1),
        "public_api_access_url": public_api_url(facts.options, facts.platform),
        "public_api_access_username": facts.credentials.instance_username,
    }


def _of_scenario(facts: LabFacts) -> dict[str, Any]:
    """What only one scenario knows: the playbook of the other one refuses it."""
    variables: dict[str, Any] = {}
    if facts.options.scenario != "csp":
        variables["trial_checker_file"] = _replacement(facts.layout, billing.TRIAL_CHECKER)
    if facts.options.scenario == "mixed":
        instances = facts.installation.instances
        variables["office365_instance_scenarios"] = {str(item.id): item.scenario for item in instances}
    return variables


def secret_variables(facts: LabFacts) -> dict[str, str]:
    """The passwords; variables of the endpoint hosts refer to those that begin with ``lab_``."""
    return {
        "oa_api_password": facts.credentials.api_password if facts.options.api_authentication else "",
        "public_api_access_password": facts.credentials.instance_password,
        "billing_api_password": facts.credentials.billing_password if facts.options.api_authentication else "",
        "lab_windows_password": facts.credentials.windows_password,
        "lab_sql_password": facts.credentials.sql_password,
    }


def _endpoint_host(facts: LabFacts, host: EndpointHost) -> dict[str, Any]:
    variables: dict[str, Any]
    path = f"{host.name}/wsman"
    is_winrm = facts.options.connection == "winrm"
    variables = {"ansible_winrm_path": f"/{path}"} if is_winrm else {"ansible_psrp_path": path}
    if host.dispatcher_url is not None:
        variables["office365_dispatcher_url"] = host.dispatcher_url
    variables["collect_sql_connections"] = [
        {
            "site": _literal(site.name),
            "connection_string": "{{ lab_sql_connection }}",
            "login": _literal(gateway_login(site.pool)),
        }
        for site in host.sites
        if site.kind == "gateway"
    ]
    return variables


def _windows_connection(facts: LabFacts) -> dict[str, Any]:
    """Connection variables of the endpoint hosts (windows-lab.md 2: which settings the real plugins need)."""
    options = facts.options
    is_https = options.winrm_scheme == "https"
    variables: dict[str, Any] = {
        "ansible_connection": options.connection,
        "ansible_host": LOOPBACK,
        "ansible_port": facts.windows.winrm_https_port if is_https else facts.windows.winrm_http_port,
        "ansible_user": facts.credentials.windows_username,
        "ansible_password": "{{ lab_windows_password }}",
        # a quote inside a quoted value is doubled
        "lab_sql_connection": f"Server={sql_server.SERVER};Database=Office365;User ID={facts.credentials.sql_username};"
        """Password="{{ lab_sql_password | replace('"', '""') }}\"""",
    }
    if options.connection == "winrm":
        variables["ansible_winrm_scheme"] = options.winrm_scheme
        variables["ansible_winrm_transport"] = options.winrm_transport
        if is_https:
            variables["ansible_winrm_ca_trust_path"] = _ca(facts.layout)
    else:
        variables["ansible_psrp_protocol"] = options.winrm_scheme
        variables["ansible_psrp_auth"] = options.winrm_transport
        if is_https:
            variables["ansible_psrp_ca_cert"] = _ca(facts.layout)
        elif options.winrm_transport == "basic":
            variables["ansible_psrp_message_encryption"] = "never"  # basic over http cannot encrypt
    return variables


def _ca(layout: LabLayout) -> str:
    return str(layout.certificates / "ca.pem")


def _package(layout: LabLayout, version: str) -> str:
    return str(layout.packages / package_file_name(version))


def _replacement(layout: LabLayout, name: str) -> dict[str, str]:
    return {"src": str(billing.operator_file(layout, name)), "dest": str(billing.target(layout, name))}


def _write(path: Path, data: dict[str, Any]) -> None:
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    path.write_text(text, encoding="utf-8")
