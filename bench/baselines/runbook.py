"""The literal runbook: the vendor's guide, procedure A, as a careful operator would script it for one night.

Usage: python bench/baselines/runbook.py INSTALLATION.json

It follows the guide's order: gateway site after gateway site, package brought to the host and unpacked inside the
window, one object for each call, waiting as the vendor's client library waits (``osaapi.Transaction``). It has no
journal, no lock and no way to go on after a failure: it stops at the first one. It shares no code with the collection
or the laboratory; what it knows of the installation is in the JSON file, the operator's notes
(``bench/installation_notes.py`` writes it).

``--instances together`` starts the upgrades of all application instances before it waits for any of them, as the bulk
upgrade of the control panel may do (whether it does is not documented); the default waits for each.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import osaapi
import winrm

Notes = dict[str, Any]
Answer = dict[str, Any]

CHUNK = 250_000  # bytes of a file in one message to a host
POLL_SECONDS = 5.0  # between two looks at the list of tasks
UNLIMITED = -1
OPEN_TASKS = "select count(*) from tm_tasks where status in ('u', 'b', 'e', 's', 'r') and name like '%Office365%'"


class RunbookError(Exception):
    """A step went wrong; the operator has to look."""


def say(text: str) -> None:
    """A line of the operator's log."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def good(answer: Answer) -> Any:
    """The result of a call of the Public API. Raises :class:`RunbookError` with the platform's message."""
    if answer["status"] != 0:
        raise RunbookError(answer.get("error_message", str(answer)))
    return answer.get("result")


class EndpointHost:
    """A Windows host through pywinrm; one shell for all commands."""

    def __init__(self, host: Notes) -> None:
        self._client = winrm.Protocol(
            host["endpoint"], transport="basic", username=host["username"], password=host["password"]
        )
        self._shell = self._client.open_shell()

    def close(self) -> None:
        """End the shell."""
        self._client.close_shell(self._shell)

    def run(self, command: str, stdin: bytes | None = None) -> str:
        """Run a command line and give its output. Raises :class:`RunbookError` for any exit code but 0."""
        command_id = self._client.run_command(self._shell, command, console_mode_stdin=stdin is None)
        for start in range(0, len(stdin or b""), CHUNK):
            piece = (stdin or b"")[start : start + CHUNK]
            self._client.send_command_input(self._shell, command_id, piece, end=start + CHUNK >= len(stdin or b""))
        stdout, stderr, code = self._client.get_command_output(self._shell, command_id)
        self._client.cleanup_command(self._shell, command_id)
        if code != 0:
            raise RunbookError(f"{command[:80]}: exit code {code}: {(stderr or stdout).decode(errors='replace')}")
        return str(stdout.decode(errors="replace"))

    def powershell(self, script: str, stdin: bytes | None = None) -> str:
        """Run PowerShell text."""
        encoded = base64.b64encode(script.encode("utf-16-le")).decode("ascii")
        return self.run(f"powershell -NoProfile -NonInteractive -EncodedCommand {encoded}", stdin)

    def upload(self, source: Path, target: str) -> None:
        """Bring a file to the host, as lines of base64 on standard input."""
        content = source.read_bytes()
        lines = [base64.b64encode(content[at : at + CHUNK]) + b"\r\n" for at in range(0, len(content), CHUNK)]
        script = (
            f"$path = {quoted(target)}\n"
            "$stream = [System.IO.File]::Create($path)\n"
            "foreach ($line in $input) { $bytes = [Convert]::FromBase64String($line); "
            "$stream.Write($bytes, 0, $bytes.Length) }\n"
            "$stream.Close()"
        )
        self.powershell(script, b"".join(lines))


def quoted(text: str) -> str:
    """A literal of PowerShell."""
    return "'" + text.replace("'", "''") + "'"


def public_api(notes: Notes) -> osaapi.OSA:
    """The vendor's client of the Public API."""
    api = notes["public_api"]
    return osaapi.OSA(api["host"], user=api["username"], password=api["password"], port=api["port"])


def wait_for_tasks(notes: Notes) -> None:
    """Operations > Tasks: wait until no Office 365 task is open. No API lists them, so the database is asked."""
    database = notes["database"]
    login = ["-h", database["host"], "-U", database["user"], "-d", database["name"]]
    command = [database["psql"], *login, "-Atc", OPEN_TASKS]
    while subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.strip() != b"0":
        time.sleep(POLL_SECONDS)


def configure_public_api_access(api: osaapi.OSA, notes: Notes) -> None:
    """Step 3, for each application instance."""
    for instance in notes["instances"]:
        say(f"3: settings of instance {instance['id']}")
        settings = [{"name": name, "value": value} for name, value in notes["instance_settings"].items()]
        good(api.APS.setApplicationInstanceSettings(application_instance_id=instance["id"], settings=settings))


def stop_provisioning(api: osaapi.OSA, notes: Notes) -> None:
    """Step 4."""
    wait_for_tasks(notes)
    for template in notes["service_templates"]:
        if template["active"]:
            say(f"4: deactivate service template {template['id']}")
            with osaapi.Transaction(api) as transaction:
                good(transaction.deactivateST(st_id=template["id"], txn_id=transaction.txn_id))


def upgrade_endpoint(notes: Notes) -> None:
    """Step 5: host after host; the package once for each host, ``setup.cmd`` and ``iisreset`` for each gateway site."""
    package = Path(notes["packages"]["new"])
    folder = rf"C:\Users\{notes['endpoint_hosts'][0]['username']}"
    archive, content, web = (rf"{folder}\{name}" for name in (f"{package.stem}.zip", "Office365", "O365-Web"))
    for host_notes in notes["endpoint_hosts"]:
        say(f"5: {host_notes['name']}: upload and unpack the package")
        host = EndpointHost(host_notes)
        host.upload(package, archive)
        host.powershell(f"Expand-Archive -LiteralPath {quoted(archive)} -DestinationPath {quoted(content)}")
        host.powershell(f"Unblock-File -LiteralPath {quoted(content + chr(92) + 'O365-Web.zip')}")
        host.powershell(
            f"Expand-Archive -LiteralPath {quoted(content + chr(92) + 'O365-Web.zip')} -DestinationPath {quoted(web)}"
        )
        for site in host_notes["gateway_sites"]:
            say(f"5: {host_notes['name']}: setup.cmd for {site['site']}")
            parameters = {
                "DispatcherSiteName": host_notes["dispatcher"]["site"],
                "DispatcherAppName": host_notes["dispatcher"]["application"],
                "DispatcherIPAddress": host_notes["dispatcher"]["ip"],
                "GatewaySiteName": site["site"],
                "GatewayAppName": site["application"],
                "GatewayIPAddress": site["ip"],
                "GatewaySiteCertSubject": site["hostname"],
            }
            words = " ".join(f'-{name} "{value}"' for name, value in parameters.items())
            host.run(f"{web}\\setup.cmd {words} -Force")
            say(f"5: {host_notes['name']}: iisreset")
            host.run("iisreset")
        host.close()


def unpack_scripts(notes: Notes, package: str) -> Path:
    """Bring a package to the management node, unpack it and its ``O365-Import.zip``; the folder of the scripts."""
    folder = Path(notes["management_node"]["folder"]) / f"runbook-{package}"
    folder.mkdir(parents=True)
    archive = Path(shutil.copy(notes["packages"][package], folder))
    for source, target in ((archive, folder / "package"), (folder / "package" / "O365-Import.zip", folder / "scripts")):
        with zipfile.ZipFile(source) as unpacked:
            unpacked.extractall(target)
    return folder / "scripts"


def run_script(notes: Notes, folder: Path, *words: str) -> None:
    """Run a script of the vendor in its folder. Raises ``subprocess.CalledProcessError`` where it fails."""
    say(f"run {' '.join(words)}")
    subprocess.run([notes["management_node"]["python"], *words], cwd=folder, check=True)


def upgrade_application(api: osaapi.OSA, notes: Notes, together: bool) -> None:
    """Step 7: import the package, then upgrade the instances."""
    say("7: import the package")
    with osaapi.Transaction(api) as transaction:
        url = f"file://{notes['packages']['new']}"
        imported = good(transaction.APS.importPackage(package_url=url, txn_id=transaction.txn_id))
    begun = []
    for instance in notes["instances"]:
        say(f"7: upgrade instance {instance['id']}")
        upgrade = osaapi.Transaction(api, wait=not together)
        with upgrade as transaction:
            good(
                transaction.APS.upgradeApplicationInstance(
                    application_instance_id=instance["id"],
                    package_version=imported["package_version"],
                    txn_id=transaction.txn_id,
                )
            )
        begun.append(upgrade)
    for upgrade in begun if together else []:
        upgrade.wait(upgrade.request_id)
    for instance in notes["instances"]:
        found = good(api.APS.getApplicationInstance(application_instance_id=instance["id"]))
        if (found["status"], found["package_version"]) != ("Ready", imported["package_version"]):
            raise RunbookError(f"instance {instance['id']} is {found['status']} at {found['package_version']}")


def add_tenant_contact_data(api: osaapi.OSA, notes: Notes) -> None:
    """Step 10: the resource type where it is missing, then each service template and each subscription."""
    service = good(
        api.APS.getApplicationInstanceServiceResourceTypes(
            application_instance_id=notes["instances"][0]["id"], service_id="TenantContactData"
        )
    )
    resource_type = service[0]["service_resource_type_id"] or create_tenant_contact_data(api, notes)
    for template in notes["service_templates"]:
        say(f"10: service template {template['id']}")
        found = good(api.getServiceTemplate(st_id=template["id"], get_resources=True))["resource_types"]
        if resource_type not in [row["resource_type_id"] for row in found]:
            names = {"st_id": template["id"], "rt_id": resource_type}
            good(api.addResourceTypeToServiceTemplate(owner_id=template["owner_id"], **names))
            limits = [{"resource_id": resource_type, "resource_limit": UNLIMITED}]
            good(api.setSTRTLimits(st_id=template["id"], limits=limits))
    for subscription in notes["subscription_ids"]:
        found = good(api.getSubscription(subscription_id=subscription, get_resources=True))["resource_types"]
        if resource_type not in [row["resource_type_id"] for row in found]:
            good(
                api.setResourceTypeLimit(subscription_id=subscription, resource_type_id=resource_type, limit=UNLIMITED)
            )
    say(f"10: {len(notes['subscription_ids'])} subscriptions")


def create_tenant_contact_data(api: osaapi.OSA, notes: Notes) -> int:
    """Create the resource type; its id."""
    parameters = {"app_id": str(notes["application_id"]), "service_id": "TenantContactData", "autoprovide_service": "0"}
    created = good(
        api.addResourceType(
            resclass_name="rc.saas.service",
            name="Office 365 Tenant Contact Data",
            act_params=[{"var_name": name, "var_value": value} for name, value in parameters.items()],
        )
    )
    return int(created["resource_type_id"])


def replace_files(notes: Notes) -> None:
    """Steps 11 and 12: the files of the online store, of the panels and of the trial checker."""
    for item in notes["files"]:
        say(f"11, 12: replace {item['dest']}")
        shutil.copy(item["dest"], item["dest"] + ".old")
        shutil.copy(item["src"], item["dest"])


def start_provisioning(api: osaapi.OSA, notes: Notes) -> None:
    """Step 13: those that were active before."""
    for template in notes["service_templates"]:
        if template["active"]:
            say(f"13: activate service template {template['id']}")
            with osaapi.Transaction(api) as transaction:
                good(transaction.activateST(st_id=template["id"], txn_id=transaction.txn_id))


def upgrade(notes: Notes, together: bool) -> None:
    """The steps 3 to 13; 1 and 2 (names and addresses of the sites) are in the notes."""
    api = public_api(notes)
    configure_public_api_access(api, notes)
    stop_provisioning(api, notes)
    upgrade_endpoint(notes)
    run_script(notes, unpack_scripts(notes, "resource_settings"), "upgradeResourceSettings16-6To16-8.py")
    upgrade_application(api, notes, together)
    scripts = unpack_scripts(notes, "new")
    run_script(notes, scripts, "autoconf.py", "--application-id", str(notes["application_id"]))
    run_script(notes, scripts, "addTenantCountersToSubscriptions.py", "--o365-app-id", str(notes["application_id"]))
    add_tenant_contact_data(api, notes)
    replace_files(notes)
    start_provisioning(api, notes)
    wait_for_tasks(notes)
    say("done")


def main() -> int:
    """Exit code 1 where a step went wrong."""
    parser = argparse.ArgumentParser(description="Upgrade an installation as the vendor's guide says.")
    parser.add_argument("notes", type=Path, help="JSON file that describes the installation")
    parser.add_argument("--instances", choices=("each", "together"), default="each", help="how instances are upgraded")
    arguments = parser.parse_args()
    try:
        upgrade(json.loads(arguments.notes.read_text(encoding="utf-8")), arguments.instances == "together")
    except (RunbookError, subprocess.CalledProcessError, osaapi.OpenApiError, OSError) as error:
        print(f"runbook: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
