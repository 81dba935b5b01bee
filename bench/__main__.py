"""``make bench``: every benchmark, or one with options: ``make bench ARGS="outage --parts no_op"``."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = ("outage", "subscriptions", "api_client")  # modules of this folder with main(arguments) -> exit code


def main(arguments: list[str]) -> int:
    """Exit code 1 where a benchmark failed, 2 for a word that names none."""
    if arguments and arguments[0] not in BENCHMARKS:
        print(f"make bench: the first word names a benchmark: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    wanted = arguments[:1] or BENCHMARKS
    codes = [importlib.import_module(f"bench.{name}").main(arguments[1:]) for name in wanted]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
