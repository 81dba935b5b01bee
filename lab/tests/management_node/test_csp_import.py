"""The stand-in of importSubsCSP.py, run with Python 2.7 and 3 on an upgraded lab of the csp scenario."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office365_lab import operator_input, supervisor
from office365_lab.faults import FaultPlan
from office365_lab.options import LabOptions
from office365_lab.packages.import_scripts import CSP_IMPORT_SCRIPT
from script_node import PYTHONS, Node

OPTIONS = LabOptions(
    scenario="csp",
    hosts=1,
    gateways=1,
    service_templates=4,
    subscriptions=12,
    task_seconds=0.02,
    import_seconds=0.05,
    instance_upgrade_seconds=0.05,
    script_seconds=0.0,
    max_seconds=900.0,
)
INSTANCE = "1001"
Rows = list[list[str]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running lab."""
    folder = tmp_path_factory.mktemp("csp-import") / "lab"
    supervisor.up(folder, OPTIONS)
    yield folder
    supervisor.down(folder)


@pytest.fixture(params=PYTHONS, ids=lambda path: path.name)
def importer(request: pytest.FixtureRequest, lab: Path) -> Importer:
    """The upgraded management node, nothing imported."""
    supervisor.reset(lab)
    node = Node(lab, request.param)
    node.upgrade()
    return Importer(node)


class Importer:
    """Runs the script of the unpacked package."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.folder = node.unpack("16.8.4")
        self.sample = operator_input.path(node.layout)
        secrets = node.layout.describe()["credentials"]
        self.login = ("--oa-api-user", secrets["api_username"], "--oa-api-user-password", secrets["api_password"])

    def run(self, file: Path, *more: str, login: tuple[str, ...] | None = None) -> Any:
        """Run the script in a folder without files of an earlier run."""
        for old in (*self.folder.glob("*.csv"), *self.folder.glob("*.log")):
            old.unlink()
        words = ("--csp-app-instance-id", INSTANCE, "--file", str(file))
        return self.node.run(self.folder, CSP_IMPORT_SCRIPT, *words, *(self.login if login is None else login), *more)

    def ok(self, file: Path, *more: str) -> str:
        """Run the script, which must succeed; what it printed."""
        done = self.run(file, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    def written(self, kind: str) -> Rows:
        """Header and rows of the one file of a kind."""
        (path,) = self.folder.glob(f"{kind}_*.csv")
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.reader(stream))

    def keep_reimport(self, folder: Path) -> Path:
        """The input for the next run, outside the folder that is emptied."""
        (path,) = self.folder.glob("reimport_*.csv")
        return path.rename(folder / "again.csv")

    def imported(self) -> dict[str, int]:
        """Subscription by cloud subscription, from the lab's own state."""
        state = self.node.state()
        found = {row["id"]: row["subscription_id"] for row in state["cloud_subscriptions"] if row["subscription_id"]}
        assert set(found.values()) <= {row["id"] for row in state["subscriptions"]}
        return found


def test_rows_are_imported_at_once_or_at_the_second_attempt_or_never(importer: Importer, tmp_path: Path) -> None:
    before = {row["id"] for row in importer.node.state()["subscriptions"]}
    output = importer.ok(importer.sample)
    assert len(importer.imported()) == 5
    assert importer.written("result")[0] == ["SubscriptionId", "CloudSubscriptionId"]
    assert {cloud: int(oa) for oa, cloud in importer.written("result")[1:]} == importer.imported()
    reasons = [row[-1] for row in importer.written("errors")]
    assert reasons[0] == "Reason"
    assert reasons.count("Service plan 999 does not exist") == 2
    assert f"{operator_input.HOSTILE}: the tenant is not in the state aps:ready, it is in aps:failed" in reasons
    rejected = importer.written("reimport")
    assert rejected[0] == list(operator_input.COLUMNS)
    assert rejected[1:] == [row[:-1] for row in importer.written("errors")[1:]]
    assert [row[0] for row in rejected[1:]] == [
        "Litware",
        "Tailspin Toys",
        "Wingtip Toys",
        operator_input.HOSTILE,
        "Proseware",
    ]
    assert "Total number of subscriptions: 21" in output  # wrong on purpose

    importer.ok(importer.keep_reimport(tmp_path))
    assert len(importer.imported()) == 7
    assert [row[0] for row in importer.written("reimport")[1:]] == ["Wingtip Toys", operator_input.HOSTILE, "Proseware"]
    still = importer.written("reimport")
    importer.ok(importer.keep_reimport(tmp_path))
    assert importer.written("reimport") == still
    assert importer.written("result") == [["SubscriptionId", "CloudSubscriptionId"]]

    after = {row["id"]: row for row in importer.node.state()["subscriptions"]}
    assert after.keys() - before == set(importer.imported().values())
    with importer.sample.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["CloudSubscriptionId"] in importer.imported():
                made = after[importer.imported()[row["CloudSubscriptionId"]]]
                limits = dict(pair.split("-") for pair in row["ResourceRateLimits"].split(","))
                assert (str(made["owner_id"]), str(made["service_template_id"])) == (
                    row["CustomerAccountId"],
                    row["OSAServicePlanId"],
                )
                assert {rate: str(made["resource_types"][rate]) for rate in limits} == limits


def test_what_is_imported_is_not_imported_again(importer: Importer) -> None:
    importer.ok(importer.sample)
    importer.ok(importer.sample)
    state, imported = importer.node.state(), importer.imported()
    importer.ok(importer.sample)
    assert importer.imported() == imported
    assert importer.node.state()["subscriptions"] == state["subscriptions"]
    assert {row["attempts"] for row in importer.node.state()["cloud_subscriptions"]} == {3}


def test_a_killed_script_leaves_what_it_did(importer: Importer) -> None:
    FaultPlan(importer.node.layout.faults).add(f"management_node:mn01:{CSP_IMPORT_SCRIPT}", "die")
    assert importer.run(importer.sample).returncode == -9
    assert len(importer.imported()) == 4
    assert len(importer.written("result")) == 5
    assert list(importer.folder.glob("reimport_*.csv")) == []
    importer.ok(importer.sample)
    assert len(importer.imported()) == 6


@pytest.mark.parametrize(
    ("login", "message"),
    [
        ((), "HTTP authentication is on"),
        (("--oa-api-user", "automation", "--oa-api-user-password", "wrong"), "HTTP status 401"),
        (("--oa-api-user", "automation", "--oa-api-user-password=wrong"), "HTTP status 401"),
    ],
)
def test_the_login_is_needed_and_used(importer: Importer, login: tuple[str, ...], message: str) -> None:
    done = importer.run(importer.sample, login=login)
    assert done.returncode == 1
    assert message in done.stderr
    assert importer.imported() == {}
    assert "wrong" not in str(importer.node.state()["script_runs"])


def test_verbose_and_other_problems(importer: Importer, tmp_path: Path) -> None:
    assert importer.ok(importer.sample, "--verbose").count(": imported\n") == 5
    (log,) = importer.folder.glob("importCSP*.log")
    assert len(log.read_text(encoding="utf-8").splitlines()) >= len(operator_input.SAMPLE)
    missing = importer.run(tmp_path / "nothing.csv")
    assert missing.returncode == 1
    assert "nothing.csv" in missing.stderr
    other = tmp_path / "other.csv"
    other.write_bytes(operator_input.as_csv([("Name", "OSAServicePlanId"), ("Contoso", 11)]))
    assert "row 2 has no CompanyName" in importer.run(other).stderr


def test_a_file_with_a_mark_and_without_rows(importer: Importer, tmp_path: Path) -> None:
    marked = tmp_path / "marked.csv"
    marked.write_bytes(b"\xef\xbb\xbf" + importer.sample.read_bytes())
    importer.ok(marked)
    assert len(importer.imported()) == 5
    marked.write_bytes(operator_input.as_csv([operator_input.COLUMNS]))
    importer.ok(marked)
    assert [len(importer.written(kind)) for kind in ("result", "errors", "reimport")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("OSAServicePlanId", "15", "Service plan 15 does not belong to application instance 1001"),
        ("OSAServicePlanId", "14", "Service plan 14 is not active"),
        ("CustomerAccountId", "42", "Account 42 does not exist"),
        ("ResourceRateLimits", "7-1", "has no rate 7"),
        ("CustomerAccountId", "Contoso", "The row cannot be read"),
    ],
)
def test_reasons(importer: Importer, tmp_path: Path, column: str, value: str, reason: str) -> None:
    with importer.sample.open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream))
    row[column] = value
    file = tmp_path / "one.csv"
    file.write_bytes(operator_input.as_csv([list(row), list(row.values())]))
    importer.ok(file)
    assert reason in importer.written("errors")[1][-1]
