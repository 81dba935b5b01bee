"""Run a module of the collection once, as Ansible would: ``python -m bench.run_module NAME < options.json``.

A process of its own, so that its memory is the module's and nobody else's: the last line on the standard error output
is its peak, ``VmHWM: <KiB> kB``, as the kernel has it since the process was started.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from ansible.module_utils.testing import patch_module_args

MODULES = "ansible_collections.odin.office365.plugins.modules"


def main(arguments: list[str]) -> int:
    """Does not return: a module ends its process."""
    module = importlib.import_module(f"{MODULES}.{arguments[0]}")
    try:
        with patch_module_args(json.load(sys.stdin)):
            module.main()
    finally:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        print(next(line for line in lines if line.startswith("VmHWM")), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
