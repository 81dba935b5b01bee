"""Rolling over the endpoint hosts: a canary first, and what a host that fails or is slow does to the others."""

from __future__ import annotations

from typing import Any

from integration_lab import LabStarter, Run
from test_procedures import QUICK, done

from tools.check_upgrade import Goal, problems
from tools.upgrade import CONFIRMATION

CONFIRMED = {"office365_confirm": CONFIRMATION}


def winrm_calls(run: Run, host: str) -> list[dict[str, Any]]:
    """What this run did on an endpoint host, in order of time."""
    return [line for line in run.calls if line["channel"] == "winrm" and line["host"] == host]


def begun(run: Run) -> list[str]:
    """The hosts whose ``setup.cmd`` this run has started, in order of time."""
    starts = (line for line in run.calls if "win_command" in line["call"] and "setup.cmd" in str(line["arguments"]))
    return list(dict.fromkeys(line["host"] for line in starts))


def test_a_canary_fails_and_then_a_host_of_the_next_batch(start_lab: LabStarter) -> None:
    """Runs with the same command. The lab's own account tells which hosts each of them touched."""
    lab = start_lab(hosts=5, gateways=5, **QUICK)
    rolling: dict[str, Any] = {**CONFIRMED, "office365_canary_host": "iis02", "office365_hosts_at_a_time": 2}
    before = lab.state()

    lab.faults.add("^setup:iis02:", "fail")
    run = lab.run(**rolling)
    assert run.exit_code != 0
    assert begun(run) == ["iis02"]
    assert "Endpoint hosts, batch after batch: iis02; then iis01, iis03; then iis04, iis05" in run.text
    assert "setup.cmd failed for gateway site 'Office 365 Gateway 02' on iis02: exit code 1" in run.text

    # The canary is well now. Of the next batch one host fails and the other one finishes; the last one is not begun.
    lab.faults.add("^setup:iis01:", "fail")
    run = lab.run(**rolling)
    assert run.exit_code != 0
    assert begun(run)[0] == "iis02"
    assert set(begun(run)) == {"iis01", "iis02", "iis03"}
    state = lab.state()
    assert state["endpoint_hosts"]["iis03"]["iisreset_runs"] == 1
    assert state["endpoint_hosts"]["iis04"]["setup_runs"] == []
    assert "iis04 was not begun, and nothing was changed on it: iis01 of the batch(es) before failed" in run.text
    assert "-e office365_endpoint_max_failed_hosts=1" in run.text
    assert not any("importPackage" in call for call in run.writes)

    # The operator lets one host fail: those after it are done, and the application waits for it all the same.
    lab.faults.add("^setup:iis01:", "fail")
    run = lab.run(office365_endpoint_max_failed_hosts=1, **rolling)
    assert run.exit_code != 0
    assert "Endpoint hosts, batch after batch: iis01, iis04; then iis05" in run.text
    assert begun(run)[-1] == "iis05"
    assert "iis01: its gateway sites are not upgraded" in run.text
    assert not any("importPackage" in call for call in run.writes)

    run = done(lab.run(**rolling))
    assert begun(run) == ["iis01"]
    after = lab.state()
    assert problems(before, after, Goal(procedure="A")) == []
    assert [host["iisreset_runs"] for host in after["endpoint_hosts"].values()] == [1, 1, 1, 1, 1]


def test_a_slow_host_holds_up_only_itself(start_lab: LabStarter) -> None:
    """While one host still waits for setup.cmd, the others come to the end of their work."""
    lab = start_lab(hosts=3, gateways=3, **QUICK)
    lab.faults.add("^setup:iis02:", "hang", seconds=8.0)
    run = done(lab.run(endpoint_setup_poll_interval=1, **CONFIRMED))
    restarted = next(line["time"] for line in winrm_calls(run, "iis02") if "iisreset" in str(line["arguments"]))
    for name in ("iis01", "iis03"):
        # The pools are read after IIS was restarted, to see whether the host is healthy.
        looked_at = next(line["time"] for line in winrm_calls(run, name) if "web_app_pool_info" in line["call"])
        assert looked_at < restarted
