"""The role autoconf and the fees of Billing's plans, on the lab; the lab's own account of its state judges."""

from __future__ import annotations

import hashlib
import json
import stat
import time
import xmlrpc.client
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from playing import Player, Run

from tools.laboratory import run_lab, state, wire_size, writes_since

SCRIPT = "autoconf.py"
DAMAGE = 1024 * 1024
FEE_COLUMNS = {"setup fee": 8, "recurring fee": 9}


class Site:
    """A lab, and the role on its management node."""

    def __init__(self, lab: Path, player: Player) -> None:
        self.lab = lab
        self.player = player
        variables = lab / "inventory" / "group_vars" / "all"
        self.settings: dict[str, Any] = yaml.safe_load((variables / "main.yml").read_text(encoding="utf-8"))
        self.secrets: dict[str, str] = yaml.safe_load((variables / "secrets.yml").read_text(encoding="utf-8"))
        self.state_folder = Path(self.settings["office365_state_folder"])
        self.reports = Path(self.settings["office365_report_folder"])
        path = Path(self.settings["office365_package"])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.package = {"path": str(path), "package_version": "16.8.4-34", "sha256": digest}
        self.command = [SCRIPT, "--application-id", "5"]

    def call(self, method: str, **arguments: Any) -> Any:
        """A call of the Public API that must succeed."""
        described = json.loads((self.lab / "lab.json").read_text(encoding="utf-8"))
        login = described["credentials"]
        url = described["urls"]["public_api"].replace("://", f"://{login['api_username']}:{login['api_password']}@")
        with xmlrpc.client.ServerProxy(url) as api:
            answer: Any = getattr(api, method)(arguments)
        assert answer["status"] == 0, answer
        return answer.get("result")

    def wait(self, condition: Callable[[dict[str, Any]], bool]) -> None:
        deadline = time.monotonic() + 30
        while not condition(self.state()):
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.2)

    def upgrade(self) -> None:
        """What the steps before this one do: settings, application, provisioning stopped, package unpacked."""
        before = self.state()
        for row in before["resource_types"]:
            base = row["activation_parameters"].get("s_limit_base")
            if base is not None:
                new = {"s_format": "16.8", "s_limit_base": str(int(base) * 1024)}
                pairs = [{"var_name": name, "var_value": value} for name, value in new.items()]
                self.call("pem.setRTActParams", rt_id=row["id"], act_params=pairs)
        self.call("pem.APS.importPackage", package_url=Path(self.settings["office365_package"]).as_uri())
        self.wait(lambda now: any((p["version"], p["relations"]) == ("16.8.4-34", "ok") for p in now["packages"]))
        for row in before["instances"]:
            self.call("pem.APS.upgradeApplicationInstance", application_instance_id=row["id"])
        self.wait(
            lambda now: {(i["package_version"], i["status"]) for i in now["instances"]} == {("16.8.4-34", "Ready")}
        )
        for row in before["service_templates"]:
            if row["active"] and row["instance_ids"]:
                self.call("pem.deactivateST", st_id=row["id"])
        staged = self.player.role("common", hosts="mn01", task_file="stage_import_scripts", common_package=self.package)
        assert staged.exit_code == 0, staged.output

    def fault(self, do: str) -> None:
        run_lab("fault", self.lab, "--where", f"^management_node:mn01:{SCRIPT}$", "--do", do)

    def fired(self) -> list[int]:
        plan = json.loads((self.lab / "faults.json").read_text(encoding="utf-8"))
        return [fault["fired"] for fault in plan]

    def role(self, *, check: bool = False, **variables: Any) -> Run:
        told = {"autoconf_package": self.package, "autoconf_command": self.command, **variables}
        return self.player.role("autoconf", hosts="mn01", show=("autoconf_fees",), check=check, **told)

    def state(self) -> dict[str, Any]:
        return state(self.lab)

    def runs(self) -> int:
        return sum(row["script"] == SCRIPT for row in self.state()["script_runs"])

    def fees(self) -> dict[int, tuple[float, float]]:
        return {
            rate["id"]: (rate["setup_fee"], rate["recurring_fee"])
            for plan in self.state()["billing"]["plans"]
            for rate in plan["rates"]
        }

    def entry(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.state_folder / "journal" / "autoconf.json").read_text(encoding="utf-8"))
        return data

    @property
    def snapshot(self) -> Path:
        return self.state_folder / "fees-before-autoconf-16.8.4-34.json"

    def found(self) -> list[dict[str, Any]]:
        """What each report on the controller says, oldest first."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.reports.glob("fees-*.json"))]

    def billing_calls(self, mark: int) -> list[str]:
        log = self.lab / "wire.jsonl"
        if not log.exists():  # nothing at all was called
            return []
        with log.open("rb") as lines:
            lines.seek(mark)
            return [call["call"] for call in map(json.loads, lines) if call["channel"] == "billing_api"]


@pytest.fixture
def site(lab: Path, collections: Path, tmp_path: Path) -> Site:
    run_lab("reset", lab)
    return Site(lab, Player(collections, tmp_path, str(lab / "inventory")))


def fees_of(run: Run) -> dict[str, Any]:
    fees: dict[str, Any] = run.shown["mn01"]["autoconf_fees"]
    return fees


def test_unchanged_fees_pass_and_new_units_are_shown(site: Site) -> None:
    site.upgrade()
    before, mark, plans = site.fees(), wire_size(site.lab), site.state()["billing"]["plans"]

    checked = site.role(check=True)
    assert checked.exit_code == 0, checked.output
    assert fees_of(checked) == {"checked": False, "reason": "check mode does not run autoconf.py", "changes": []}
    assert len(site.billing_calls(mark)) == 1 + 2 * len(plans)
    assert (writes_since(site.lab, mark), site.runs()) == ([], 0)
    assert not site.state_folder.exists()
    assert not site.reports.exists()

    run = site.role()
    assert run.exit_code == 0, run.output
    assert (site.runs(), site.fees()) == (1, before)
    sold = {rate["id"] for plan in site.state()["billing"]["plans"] for rate in plan["rates"] if rate["unit"] != "unit"}
    assert len(sold) == 3 * len(plans)
    fees = fees_of(run)
    assert (fees["checked"], fees["reason"]) == (True, "")
    assert {change["row"][0] for change in fees["changes"]} == sold
    told = {(change["kind"], change["before"], change["after"]) for change in fees["changes"]}
    assert told == {("value", "unit", "licence")}
    assert f"Fees of {len(plans)} service plans compared, 0 differences" in run.text
    assert f"rate {min(sold)}, column 7: 'unit' -> 'licence'" in run.text
    assert site.found() == [{"format": 1, "accepted": False, "changes": fees["changes"]}]
    assert (site.entry()["status"], site.entry()["detail"]) == ("done", {"outcome": "run", "fees": "unchanged"})

    kept = json.loads(site.snapshot.read_text(encoding="utf-8"))
    assert stat.S_IMODE(site.snapshot.stat().st_mode) == 0o600
    assert [(plan["plan_id"], plan["name"]) for plan in kept["plans"]] == [(plan["id"], plan["name"]) for plan in plans]
    assert {row[0]: (row[7], row[8]) for plan in kept["plans"] for row in plan["rates"]} == before


def test_multiplied_fees_stop_the_run_until_they_are_accepted(site: Site) -> None:
    site.upgrade()
    site.fault("multiply_fees")
    before = site.fees()
    plan = site.state()["billing"]["plans"][0]
    rate = next(rate for rate in plan["rates"] if rate["recurring_fee"] > 0)
    new_fee = rate["recurring_fee"] * DAMAGE

    stopped = site.role()
    assert (stopped.exit_code, site.fired()) == (2, [1]), stopped.output
    assert site.fees() != before
    finding = (
        f"plan {plan['id']} ({plan['name']}), rate {rate['id']}, column 9: {rate['recurring_fee']} -> {new_fee} "
        "(times 1048576, which is 1024 squared: the known defect)"
    )
    damaged = sum(fee > 0 for _setup, fee in before.values())
    assert finding in stopped.text
    assert f"are not what they were before autoconf.py ({damaged} differences)" in stopped.text
    assert "autoconf_fee_changes_accepted=true" in stopped.text
    (report,) = site.found()
    assert report["changes"][0]["text"] == finding
    assert sum(change["stops"] for change in report["changes"]) == damaged
    assert (site.entry()["status"], site.entry()["detail"]["script"]) == ("started", "done")

    kept, mark = site.snapshot.read_bytes(), wire_size(site.lab)
    for check in (True, False):
        again = site.role(check=check, autoconf_fee_columns=FEE_COLUMNS)
        assert again.exit_code == 2, again.output
        assert f"recurring fee: {rate['recurring_fee']} -> {new_fee} (times 1048576" in again.text
        assert len(site.found()) == (1 if check else 2)
    assert (site.runs(), site.snapshot.read_bytes(), writes_since(site.lab, mark)) == (1, kept, [])

    accepted = site.role(autoconf_fee_changes_accepted=True)
    assert accepted.exit_code == 0, accepted.output
    assert f"{damaged} differences accepted" in accepted.text
    assert finding in accepted.text
    assert (site.runs(), site.snapshot.read_bytes(), writes_since(site.lab, mark)) == (1, kept, [])
    assert sum(change["stops"] for change in fees_of(accepted)["changes"]) == damaged
    assert (site.entry()["status"], site.entry()["detail"]["fees"]) == ("done", "changes accepted")


def test_the_snapshot_before_the_first_start_counts(site: Site) -> None:
    """A script that dies in the middle has done its damage; the run that finishes its work has to tell it."""
    site.upgrade()
    site.fault("multiply_fees")
    site.fault("die")
    before = site.fees()
    died = site.role()
    assert (died.exit_code, site.fired()) == (2, [1, 1]), died.output
    assert "autoconf.py ended with exit code -9" in died.text
    assert site.fees() != before
    kept = site.snapshot.read_bytes()

    finished = site.role()
    assert (finished.exit_code, site.runs()) == (2, 2), finished.output
    assert "which is 1024 squared: the known defect" in finished.text
    assert site.snapshot.read_bytes() == kept


@pytest.mark.parametrize(("code", "runs"), [(0, 1), (1, 2), (None, 2)])
def test_a_script_whose_run_was_ended_is_known_by_its_exit_code(site: Site, code: int | None, runs: int) -> None:
    """The run did not live to note that the script has ended; the fees are compared by the next one all the same."""
    site.upgrade()
    site.fault("multiply_fees")
    assert site.role().exit_code == 2
    entry = site.entry()
    status = Path(entry["detail"]["script_status"])
    assert json.loads(status.read_text(encoding="utf-8")) == {"rc": 0}
    entry["detail"]["script"] = "started"
    (site.state_folder / "journal" / "autoconf.json").write_text(json.dumps(entry), encoding="utf-8")
    if code is None:
        status.unlink()
    else:
        status.write_text(json.dumps({"rc": code}), encoding="utf-8")

    again = site.role()
    assert (again.exit_code, site.runs()) == (2, runs), again.output
    assert "which is 1024 squared: the known defect" in again.text


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"billing_api_url": ""}, "billing_api_url is not given"),
        ({"billing_plan_ids": []}, "billing_plan_ids is not given"),
        ({"autoconf_confirmed": True}, "there is no snapshot of the fees from before the first start of autoconf.py"),
    ],
)
def test_fees_that_cannot_be_compared_are_skipped_with_a_reason(
    site: Site, variables: dict[str, Any], reason: str
) -> None:
    mark = wire_size(site.lab)
    run = site.role(**{"autoconf_confirmed": True, **variables})
    assert run.exit_code == 0, run.output
    assert fees_of(run) == {"checked": False, "reason": reason, "changes": []}
    assert f"not compared before and after autoconf.py: {reason}." in run.text
    assert site.billing_calls(mark) == []
    assert not site.snapshot.exists()
    assert site.entry()["detail"] == {"outcome": "confirmed by the operator"}


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        (
            {"billing_api_password": "not-the-password-of-billing"},
            "Billing refused BM.GetVersion_API: Access denied: wrong user name or password. If this is about the login",
        ),
        ({"billing_plan_ids": [301, 999]}, "Billing refused BM.PlanDetailsGet_API: Service plan #999 is not found."),
        ({"billing_api_url": "https://127.0.0.1:1/"}, "Nothing listens there: check host and port (usually 5224)"),
        ({"autoconf_fee_columns": {"recurring fee": 99}}, "fee columns beyond that are named: recurring fee (99)"),
    ],
)
def test_a_mistake_shows_before_the_script_is_started(site: Site, variables: dict[str, Any], text: str) -> None:
    run = site.role(**variables)
    assert run.exit_code == 2
    assert text in run.text
    assert "nobody would see it if autoconf.py changes" in run.text
    assert "not-the-password" not in run.output
    assert (site.runs(), site.state_folder.exists()) == (0, False)


def test_a_script_that_is_run_by_hand_is_compared_with_the_fees_at_the_gate(site: Site) -> None:
    at_gate = site.role(autoconf_command=[])
    assert at_gate.exit_code == 2
    assert "Set autoconf_command to the script and its arguments" in at_gate.text
    kept = site.snapshot.read_bytes()
    rate = next(r for plan in site.state()["billing"]["plans"] for r in plan["rates"] if r["recurring_fee"] > 0)
    site.call("lab.billing.setUnit", resource_type_id=rate["resource_type_id"], unit="GB", multiply_fees=True)

    stopped = site.role(autoconf_confirmed=True)
    assert stopped.exit_code == 2
    assert f"rate {rate['id']}, column 9: {rate['recurring_fee']} -> {rate['recurring_fee'] * DAMAGE}" in stopped.text

    site.snapshot.write_text("{", encoding="utf-8")
    spoilt = site.role(autoconf_confirmed=True, autoconf_fee_changes_accepted=True)
    assert spoilt.exit_code == 2
    assert "the snapshot of the fees is no JSON" in spoilt.text
    assert f"put back the snapshot from before autoconf.py: {site.snapshot} on mn01" in spoilt.text

    site.snapshot.write_bytes(kept)
    accepted = site.role(autoconf_confirmed=True, autoconf_fee_changes_accepted=True)
    assert accepted.exit_code == 0, accepted.output
    assert site.entry()["detail"] == {"outcome": "confirmed by the operator", "fees": "changes accepted"}
    assert site.runs() == 0


def test_billing_that_fails_after_the_script_is_asked_again_without_running_it_again(site: Site) -> None:
    site.upgrade()
    where = "^billing_api:billing01:BM.GetVersion_API$"
    # the first reading is allowed to pass: the fault is for the one after the script
    run_lab("fault", site.lab, "--where", where, "--do", "delay", "--seconds", "0")
    run_lab("fault", site.lab, "--where", where, "--do", "fault", "--message", "the database is down")
    run = site.role()
    assert (run.exit_code, site.runs(), site.fired()) == (2, 1, [1, 1]), run.output
    assert "autoconf.py has run, but the fees of service plans could not be read afterwards" in run.text
    assert "Billing refused BM.GetVersion_API: the database is down." in run.text

    again = site.role()
    assert (again.exit_code, site.runs()) == (0, 1), again.output
    assert fees_of(again)["checked"] is True


def test_the_password_is_in_no_output(site: Site) -> None:
    told: dict[str, Any] = {"autoconf_package": site.package, "autoconf_command": []}
    run = site.player.playbook(
        "one_role.yml", "-vvvv", test_hosts="mn01", test_role="autoconf", test_task_file="main", **told
    )
    assert run.exit_code == 2
    assert site.snapshot.exists()
    assert site.secrets["billing_api_password"] not in run.output
    assert site.secrets["billing_api_password"] not in site.snapshot.read_text(encoding="utf-8")
