"""How the tests start Ansible: apart from the settings of whoever runs them, and as quick as Ansible can be."""

from __future__ import annotations

from pathlib import Path

from tools.checkout import environment

_QUICK_PYTHON = Path(__file__).resolve().parent / "quick_python"
# Several test runs share two processors: while it waits for a task, Ansible looks a hundred times a second for its end,
# not a thousand times.
_CONFIGURATION = "[defaults]\ninternal_poll_interval = 0.01\n"
# Spares local tasks three processes each. The demo, the matrix and the tests of single roles run without it.
_PIPELINING = "[connection]\npipelining = true\n"


def write_configuration(collections: Path, *, pipelining: bool) -> None:
    """Write the ``ansible.cfg`` that :func:`ansible_environment` leads to."""
    text = _CONFIGURATION + (_PIPELINING if pipelining else "")
    (collections / "ansible.cfg").write_text(text, encoding="utf-8")
    (collections / "zip-code").mkdir()


def ansible_environment(collections: Path, **extra: str) -> dict[str, str]:
    """The environment of a run with the collections and the configuration in ``collections``, plus ``extra``."""
    return environment(
        ANSIBLE_COLLECTIONS_PATH=str(collections),
        ANSIBLE_CONFIG=str(collections / "ansible.cfg"),
        ANSIBLE_NOCOLOR="1",
        PYTHONPATH=str(_QUICK_PYTHON),
        ZIP_CODE_CACHE=str(collections / "zip-code"),
        **extra,
    )
