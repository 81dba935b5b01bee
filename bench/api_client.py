"""Measure calls of the Public API for each second: ``python -m bench.api_client --help``.

The client of the collection, the vendor's ``osaapi`` and the standard library's ``xmlrpc.client`` take turns with the
same reading call, so that a change of the machine's load meets all of them; rates are medians over the rounds.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import statistics
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from bench import results
from bench.platform_lab import PlatformLab, collection_path, running
from tools.checkout import BUILD
from tools.page_blocks import table

RESULTS = BUILD / "bench" / "api_client.json"
KEY = ("contender", "readers", "latency")
SUBSCRIPTIONS = 200
_UTILITIES = "ansible_collections.odin.office365.plugins.module_utils"
Call = Callable[[int], object]


def contenders(lab: PlatformLab, readers: int) -> Iterator[tuple[str, int, Call]]:
    """Name, number of readers, and what reads one subscription."""
    sys.path.insert(0, str(collection_path()))
    http, oa, rpc = (importlib.import_module(f"{_UTILITIES}.{name}") for name in ("_http", "_oa_client", "_xmlrpc"))
    client = http.HttpClient(http.HttpSettings(username=lab.username, password=lab.password))
    ours = oa.OaClient(rpc.XmlRpcTransport(lab.url, client))
    plain = xmlrpc.client.ServerProxy(lab.url.replace("://", f"://{lab.username}:{lab.password}@"))
    vendor = lab.osa()

    def with_ours(number: int) -> object:
        return ours.call("pem.getSubscription", subscription_id=number, get_resources=True)

    yield "collection", 1, with_ours
    yield "osaapi", 1, lambda number: vendor.getSubscription(subscription_id=number, get_resources=True)
    yield (
        "xmlrpc.client",
        1,
        lambda number: getattr(plain, "pem.getSubscription")({"subscription_id": number, "get_resources": True}),
    )
    yield "collection", readers, with_ours


def rate(call: Call, readers: int, numbers: Sequence[int], seconds: float) -> float:
    """Calls for each second, over about ``seconds``."""
    turn = itertools.cycle(numbers)
    end = time.monotonic() + seconds

    def work(_reader: int) -> int:
        count = 0
        while time.monotonic() < end:
            call(next(turn))
            count += 1
        return count

    started = time.monotonic()
    if readers == 1:
        count = work(0)
    else:
        with ThreadPoolExecutor(readers) as pool:
            count = sum(pool.map(work, range(readers)))
    return count / (time.monotonic() - started)


def measure(options: argparse.Namespace) -> list[results.Row]:
    """One row for each contender."""
    circumstances = results.circumstances()
    found: dict[tuple[str, int], list[float]] = {}
    with running(subscriptions=SUBSCRIPTIONS, latency=options.latency) as lab:
        numbers = [number for rows in lab.subscriptions().values() for number in rows]
        taking_turns = list(contenders(lab, options.readers))
        for _round in range(options.rounds):
            for name, readers, call in taking_turns:
                found.setdefault((name, readers), []).append(rate(call, readers, numbers, options.seconds))
    return [
        {
            **circumstances,
            "contender": name,
            "readers": readers,
            "latency": options.latency,
            "rounds": options.rounds,
            "calls_per_second": round(statistics.median(rates), 1),
            "lowest": round(min(rates), 1),
            "highest": round(max(rates), 1),
        }
        for (name, readers), rates in found.items()
    ]


def shown(rows: Sequence[results.Row]) -> str:
    """The rows as a table, with each rate in rates of ``osaapi``."""
    base = results.median(rows, "calls_per_second", contender="osaapi") or 1.0
    members = ("contender", "readers", "calls_per_second", "lowest", "highest")
    lines = [
        [
            *(row[name] for name in members),
            f"{row['calls_per_second'] / base:.2f}",
            row["load_at_start"],
            row["time"][:10],
        ]
        for row in rows
    ]
    header = ("contender", "readers", "calls/s", "lowest", "highest", "times osaapi", "load", "date")
    return table(header, lines)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m bench.api_client", description=(__doc__ or "").splitlines()[0])
    made.add_argument("--readers", type=int, default=8, help="readers beside the single one (default: 8)")
    made.add_argument("--latency", type=float, default=0.005, help="seconds of each call (default: 0.005)")
    made.add_argument("--rounds", type=int, default=7, help="turns of each contender (default: 7)")
    made.add_argument("--seconds", type=float, default=3.0, help="seconds of a turn (default: 3)")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or an error of the lab."""
    options = parser().parse_args(arguments)
    for row in measure(options):
        results.add_row(RESULTS, row, KEY)
    rows = [row for row in results.read_rows(RESULTS) if row["latency"] == options.latency]
    print("\n".join(["", shown(rows), "", f"rows: {RESULTS}"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
