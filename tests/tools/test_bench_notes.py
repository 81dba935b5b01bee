"""The operator's notes for the baselines of the benchmark: what steps 1 and 2 of the guide collect."""

from __future__ import annotations

from typing import Any

from bench.installation_notes import addresses, notes

HOSTS_FILE = """\
# the management node
127.0.0.1 localhost
10.20.1.11 gateway01.hosting.local gateway01  # first
10.20.2.12 gateway02.hosting.local
10.20.1.250 dispatcher01.hosting.local
10.20.2.250 dispatcher02.hosting.local
"""


def host_state(name: str, **sites: str) -> dict[str, Any]:
    return {"sites": [{"name": f"{site} of {name}", "bindings": [{"ip": ip}]} for site, ip in sites.items()]}


def endpoint(number: int) -> dict[str, str]:
    url = f"https://dispatcher0{number}.hosting.local/DispatcherApplication/"
    return {"ansible_winrm_path": f"/iis0{number}/wsman", "office365_dispatcher_url": url}


def instance(number: int, version: str) -> dict[str, Any]:
    url = f"https://gateway0{number}.hosting.local/GatewayApplication0{number}/aps/"
    return {"id": 1000 + number, "url": url, "package_version": version}


def made(version: str = "16.6.5-22") -> dict[str, Any]:
    template = {"owner_id": 1, "active": True, "instance_ids": [1001], "name": "T", "resource_types": []}
    state = {
        "packages": [{"application": "Backup", "application_id": 3}, {"application": "Office365", "application_id": 5}],
        "instances": [instance(1, version), instance(2, version)],
        "service_templates": [{**template, "id": 11}, {**template, "id": 12, "instance_ids": []}],
        "subscriptions": [{"id": 1, "service_template_id": 11}, {"id": 2, "service_template_id": 12}],
        "endpoint_hosts": {
            "iis01": host_state("iis01", default="*", gateway="10.20.1.11", dispatcher="10.20.1.250"),
            "iis02": host_state("iis02", default="*", gateway="10.20.2.12", dispatcher="10.20.2.250"),
        },
    }
    hosts = {"all": {"children": {"endpoint_hosts": {"hosts": {"iis01": endpoint(1), "iis02": endpoint(2)}}}}}
    names = ("api_username", "api_password", "instance_password", "windows_username", "windows_password")
    description = {
        "credentials": {name: name.upper() for name in names},
        "ports": {"api_http": 1, "winrm_http": 2},
        "database": {"psql": "/usr/bin/psql"},
    }
    variables = {
        **{"oa_api_url": "http://127.0.0.1:1/", "public_api_access_url": "u", "public_api_access_username": "staff"},
        **{"office365_python": "/python", "office365_work_folder": "/work", "office365_package": "/new.zip"},
        "office365_resource_settings_packages": ["/p/Office365-16.6.3-18.app.zip", "/p/Office365-16.6.4-20.app.zip"],
        "store_customizations_files": [{"src": "a", "dest": "b"}],
        "trial_checker_file": {"src": "c", "dest": "d"},
    }
    return notes(description, hosts, variables, addresses(HOSTS_FILE), state)


def test_each_host_has_its_own_sites() -> None:
    first, second = made()["endpoint_hosts"]
    assert first["endpoint"] == "http://127.0.0.1:2/iis01/wsman"
    assert first["gateway_sites"] == [
        {
            "hostname": "gateway01.hosting.local",
            "application": "GatewayApplication01",
            "ip": "10.20.1.11",
            "site": "gateway of iis01",
        }
    ]
    assert [site["site"] for site in second["gateway_sites"]] == ["gateway of iis02"]
    assert (second["dispatcher"]["site"], second["dispatcher"]["ip"]) == ("dispatcher of iis02", "10.20.2.250")


def test_only_what_belongs_to_the_application() -> None:
    told = made()
    assert told["application_id"] == 5
    assert [row["id"] for row in told["instances"]] == [1001, 1002]
    assert told["service_templates"] == [{"id": 11, "owner_id": 1, "active": True}]
    assert told["subscription_ids"] == [1]
    assert [item["dest"] for item in told["files"]] == ["b", "d"]


def test_the_script_comes_from_the_package_that_the_guide_names() -> None:
    assert made("16.6.3-18")["packages"]["resource_settings"].endswith("16.6.3-18.app.zip")
    assert made("16.6.5-22")["packages"]["resource_settings"].endswith("16.6.4-20.app.zip")
