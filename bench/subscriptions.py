"""Measure resource types for very many subscriptions: ``python -m bench.subscriptions --help``.

The module ``oa_subscription_resources`` against the vendor's client ``osaapi``, which reads each subscription and
writes it with a call of its own, as a careful script does. That takes minutes, so ``osaapi`` works on a sample, half of
it before and half of it after the module, and its time is scaled. The lab's database tells what was done.
Last, the module is killed in the middle and started again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import results
from bench.platform_lab import PlatformLab, collection_path, running
from tools.checkout import BUILD, ROOT, environment
from tools.page_blocks import table

RESULTS = BUILD / "bench" / "subscriptions.json"
KEY = ("part", "contender", "subscriptions", "readers", "writers", "latency")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_LOOK_SECONDS = 0.05


class ModuleRun:
    """One run of the module in a process of its own."""

    def __init__(
        self, lab: PlatformLab, collections: Path, resource_type: int, readers: int, options: argparse.Namespace
    ) -> None:
        arguments = {
            **lab.module_options(),
            "service_template_ids": list(lab.subscriptions()),
            "resource_types": [{"resource_type_id": resource_type}],
            "readers": readers,
            "writers": options.writers,
        }
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.run_module", "oa_subscription_resources"],
            cwd=ROOT,
            env=environment(PYTHONPATH=f"{collections}:{ROOT}"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._options = json.dumps(arguments)

    def kill_when(self, lab: PlatformLab, resource_type: int, number: int) -> int:
        """Kill it as soon as ``number`` subscriptions have the resource type; returns how many have it then."""
        if self._process.stdin is not None:
            self._process.stdin.write(self._options)
            self._process.stdin.close()
        while self._process.poll() is None and lab.having(resource_type) < number:
            time.sleep(_LOOK_SECONDS)
        self._process.kill()
        self._process.wait()
        # What the platform was doing when its client died comes to its end, or is taken back.
        known = -1
        while known != (known := lab.having(resource_type)):
            time.sleep(1)
        return known

    def finish(self) -> dict[str, Any]:
        """Seconds, peak memory in MiB and how many subscriptions were changed. Raises ``RuntimeError``."""
        output, errors = self._process.communicate(self._options)
        seconds = time.monotonic() - self._started
        answer = json.loads(output or "{}")
        if self._process.returncode != 0 or "counts" not in answer:
            raise RuntimeError(f"the module failed: {answer.get('msg')} {errors[-2000:]}")
        peak = _PEAK.search(errors)
        return {
            "seconds": round(seconds, 2),
            "peak_mib": round(int(peak[1]) / 1024, 1) if peak else None,
            "changed": answer["counts"]["changed"],
        }


def with_osaapi(lab: PlatformLab, resource_type: int, numbers: Sequence[int]) -> float:
    """Seconds in which the vendor's client reads and writes each of these subscriptions."""
    client = lab.osa()
    started = time.monotonic()
    for number in numbers:
        found = client.getSubscription(subscription_id=number, get_resources=True)["result"]
        if any(row["resource_type_id"] == resource_type for row in found["resource_types"]):
            continue
        limits = [{"resource_type_id": resource_type, "limit": "-1"}]
        answer = client.setResourceTypeLimits(
            subscription_id=number, autoprovide=False, resource_limits=limits, parameters=[]
        )
        if answer["status"] != 0:
            raise RuntimeError(f"osaapi: {answer}")
    return time.monotonic() - started


def compare(lab: PlatformLab, collections: Path, options: argparse.Namespace) -> list[results.Row]:
    """The module on all subscriptions, with each number of readers, and ``osaapi`` on a sample before and after it."""
    numbers = [number for rows in lab.subscriptions().values() for number in rows]
    half = numbers[:: max(1, 2 * len(numbers) // options.sample)]
    common = {"part": "compared", "subscriptions": len(numbers), **results.circumstances()}
    seconds = with_osaapi(lab, lab.new_resource_type("Sample"), half)
    ours = []
    for readers in options.readers:
        resource_type = lab.new_resource_type(f"All, {readers} readers")
        measured = ModuleRun(lab, collections, resource_type, readers, options).finish()
        if lab.having(resource_type) != len(numbers):
            raise RuntimeError(f"{lab.having(resource_type)} of {len(numbers)} subscriptions have the resource type")
        ours.append({**common, **measured, "contender": "collection", "readers": readers, "writers": options.writers})
    seconds += with_osaapi(lab, lab.new_resource_type("Second sample"), half)
    each = seconds / (2 * len(half))
    theirs = {"seconds": round(each * len(numbers), 1), "sample": 2 * len(half), "readers": 1, "writers": 1}
    return [*ours, {**common, **theirs, "contender": "osaapi"}]


def interrupted(lab: PlatformLab, collections: Path, readers: int, options: argparse.Namespace) -> results.Row:
    """The module killed in the middle and started again: ``redone`` is what it wrote twice."""
    number = sum(map(len, lab.subscriptions().values()))
    resource_type = lab.new_resource_type(f"Interrupted, {readers} readers")
    done = ModuleRun(lab, collections, resource_type, readers, options).kill_when(lab, resource_type, number // 2)
    again = ModuleRun(lab, collections, resource_type, readers, options).finish()
    return {
        **{"part": "killed", "contender": "collection", "subscriptions": number, **results.circumstances()},
        **{"readers": readers, "writers": options.writers, **again},
        "done_before": done,
        "redone": done + again["changed"] - number,
        "missing": number - lab.having(resource_type),
    }


def shown(rows: Sequence[results.Row]) -> str:
    """The rows as a table, and how many times quicker than ``osaapi`` the module is."""
    header = (
        "part",
        "contender",
        "subscriptions",
        "readers",
        "writers",
        "seconds",
        "peak, MiB",
        "load",
        "date",
        "note",
    )
    lines = []
    for row in sorted(rows, key=lambda row: (row["part"], row["subscriptions"], row["contender"], row["readers"])):
        note = f"scaled from {row['sample']}" if "sample" in row else ""
        if "redone" in row:
            note = f"killed at {row['done_before']}, {row['redone']} written twice, {row['missing']} missing"
        cells = [row[name] for name in ("part", "contender", "subscriptions", "readers", "writers", "seconds")]
        lines.append([*cells, row.get("peak_mib", "-"), row["load_at_start"], row["time"][:10], note])
    return "\n\n".join([table(header, lines), *ratios(rows), *growth(rows)])


def ratios(rows: Sequence[results.Row]) -> list[str]:
    """How many times quicker than ``osaapi`` the module is, for each size."""
    texts = []
    for row in rows:
        if (row["part"], row["contender"]) == ("compared", "collection"):
            same = {name: row[name] for name in ("part", "subscriptions", "latency")}
            theirs = results.median(rows, "seconds", contender="osaapi", **same)
            if theirs:
                times = theirs / row["seconds"]
                texts.append(
                    f"{row['subscriptions']} subscriptions, {row['readers']} readers: {times:.1f} times osaapi"
                )
    return texts


def growth(rows: Sequence[results.Row]) -> list[str]:
    """How many times the time, and the memory, the module needs for how many times the subscriptions."""
    ours = [row for row in rows if (row["part"], row["contender"]) == ("compared", "collection")]
    ours.sort(key=lambda row: (int(row["readers"]), int(row["subscriptions"])))
    return [
        f"From {small['subscriptions']} to {large['subscriptions']} subscriptions, {large['readers']} readers:"
        f" {large['seconds'] / small['seconds']:.1f} times the time, {large['peak_mib'] / small['peak_mib']:.2f} times"
        " the memory"
        for small, large in itertools.pairwise(ours)
        if small["readers"] == large["readers"] and small["subscriptions"] < large["subscriptions"]
    ]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m bench.subscriptions", description=(__doc__ or "").splitlines()[0])
    made.add_argument("--subscriptions", type=int, nargs="+", default=[20000], help="sizes (default: 20000)")
    made.add_argument("--readers", type=int, nargs="+", default=[8, 16], help="of the module (default: 8 and 16)")
    made.add_argument("--writers", type=int, default=1, help="writers of the module (default: 1)")
    made.add_argument("--latency", type=float, default=0.005, help="seconds of each call (default: 0.005)")
    made.add_argument("--sample", type=int, default=1000, help="subscriptions for osaapi (default: 1000)")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where a contender failed."""
    options = parser().parse_args(arguments)
    collections = collection_path()
    try:
        for size in options.subscriptions:
            print(f"\n==> {size} subscriptions", flush=True)
            with running(subscriptions=size, latency=options.latency) as lab:
                measured = compare(lab, collections, options)
                measured += [interrupted(lab, collections, readers, options) for readers in options.readers]
                for row in measured:
                    results.add_row(RESULTS, {**row, "latency": options.latency}, KEY)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(f"bench.subscriptions: {error}", file=sys.stderr)
        return 1
    rows = results.read_rows(RESULTS)
    print("\n".join(["", shown(rows), "", f"rows: {RESULTS}"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
