"""The command behind ``make chaos``: ``python -m tools.chaos [--sample N] [--seed N] [--only TEXT] [--go-on]``.

The whole campaign takes many hours; with ``--go-on`` it can be interrupted and goes on with what is left.
"""

from __future__ import annotations

import argparse
import queue
import sys
import threading
from collections.abc import Callable

from tools.artifact import build_artifact, install_artifact
from tools.chaos import acts, page, report
from tools.chaos.points import Point, all_points, sample
from tools.chaos.trial import Bench, Verdict
from tools.checkout import BUILD, described_commit
from tools.processes import terminated_as_exit

FOLDER = BUILD / "chaos"


def main() -> int:
    """Exit code 1 where a point ended wrong or was not reached."""
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description="Disturb the upgrade everywhere.")
    parser.add_argument("--sample", type=int, default=0, help="number of points (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives another sample")
    parser.add_argument("--only", default="", help="only points with this text in their name")
    parser.add_argument("--jobs", type=int, default=1, help="labs at a time")
    parser.add_argument("--go-on", action="store_true", help="leave out what ended well before")
    parser.add_argument("--list", action="store_true", help="only print the points")
    chosen = parser.parse_args()
    collections, path, commit = FOLDER / "collections", FOLDER / "report.json", described_commit()
    install_artifact(build_artifact(FOLDER / "artifact"), collections)
    benches: list[Bench] = []
    with terminated_as_exit():
        try:
            benches.append(Bench(FOLDER / "lab-1", collections, commit))
            seen, calls = benches[0].record()
            points = [*all_points(seen, calls), *acts.points(calls)]
            total, names = len(points), {point.name for point in points}
            former = report.ended_well(path if path.exists() else page.KEPT, names) if chosen.go_on else []
            judged = {verdict.point for verdict in former}
            points = [point for point in points if chosen.only in point.name and point.name not in judged]
            points = sample(points, chosen.sample, chosen.seed) if chosen.sample else points
            if chosen.list:
                print("\n".join(point.name for point in points))
                return 0
            benches += [Bench(FOLDER / f"lab-{number}", collections, commit) for number in range(2, chosen.jobs + 1)]
            verdicts = campaign(points, former, benches, lambda found: report.write(path, total, found))
        finally:
            for bench in benches:
                bench.down()
    print(f"\n{report.table(verdicts)}\n\n{path}, what the runs printed: {FOLDER}/lab-*/runs.log")
    return 0 if report.is_good(verdicts) else 1


def campaign(
    points: list[Point], former: list[Verdict], benches: list[Bench], keep: Callable[[list[Verdict]], None]
) -> list[Verdict]:
    """Try all ``points``, each bench one at a time; ``keep`` gets all verdicts after each, ``former`` ones first."""
    verdicts = list(former)
    waiting: queue.SimpleQueue[Point] = queue.SimpleQueue()
    for point in points:
        waiting.put(point)
    done = threading.Lock()

    def work(bench: Bench) -> None:
        while True:
            try:
                point = waiting.get_nowait()
            except queue.Empty:
                return
            verdict = bench.try_point(point)
            with done:
                verdicts.append(verdict)
                keep(verdicts)
                print(report.line(len(verdicts), len(former) + len(points), verdict), flush=True)

    threads = [threading.Thread(target=work, args=(bench,), daemon=True) for bench in benches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return verdicts


if __name__ == "__main__":
    sys.exit(main())
