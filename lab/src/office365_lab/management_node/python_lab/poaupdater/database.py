"""Read access to the platform's system database, through psql. Works with Python 2.7 and 3."""
# Python 2.7 reads this too: type comments use the imports below; it has no pathlib.
# ruff: noqa: F401, PTH118

import io
import json
import os
import subprocess

MYPY = False
if MYPY:
    from typing import List

_SETTINGS = "usr/local/pem/etc/database.json"
_PSQL = "usr/bin/psql"


def rows(query, **values):
    # type: (str, **object) -> List[List[str]]
    """The rows of a query as lists of texts; ``:'name'`` in it stands for a value.

    Raises ``subprocess.CalledProcessError`` where the database refuses the query.
    """
    node = os.environ["OFFICE365_LAB_NODE"]
    with io.open(os.path.join(node, _SETTINGS), encoding="utf-8") as stream:
        settings = json.load(stream)
    command = [
        os.path.join(node, _PSQL),
        "--no-psqlrc",
        "--no-align",
        "--tuples-only",
        "--field-separator=\t",
        "--set=ON_ERROR_STOP=1",
        "--host=" + settings["host"],
        "--username=" + settings["user"],
        "--dbname=" + settings["name"],
    ]
    command += ["--set=%s=%s" % item for item in sorted(values.items())]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    output, _ = process.communicate(query.encode("utf-8"))
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return [line.split("\t") for line in output.decode("utf-8").splitlines()]
