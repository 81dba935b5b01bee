"""Imports cloud subscriptions of Microsoft, listed in a CSV file, as subscriptions of the platform.

Options, the names of the three CSV files and the log are documented (procedure-facts.md 4.5). Of the columns
only ``OSAServicePlanId`` and ``ResourceRateLimits`` are; the others are the lab's own, and so are these: a plan
is a service template and a rate a resource type, all files go into the working folder, one import of a cloud
subscription is remembered for ever. The printed total is wrong on purpose (APSA-17532).
"""
# Python 2.7 reads this too: type comments use the imports below; it has no pathlib.
# ruff: noqa: F401, PTH123

from __future__ import print_function

import csv
import io
import itertools
import os
import sys
import time

import o365_import

MYPY = False
if MYPY:
    import argparse
    from typing import IO, Any, Dict, List

    from poaupdater.openapi import OpenAPI

_COLUMNS = (
    "CompanyName",
    "CustomerAccountId",
    "CloudSubscriptionId",
    "TenantState",
    "OSAServicePlanId",
    "ResourceRateLimits",
)
_PYTHON2 = sys.version_info[0] == 2


def arguments():
    # type: () -> argparse.Namespace
    """The options."""
    parser = o365_import.Parser(description=__doc__)
    parser.add_argument("--csp-app-instance-id", type=int, required=True, help="application instance to import into")
    parser.add_argument("--file", required=True, help="CSV file with one row for each cloud subscription")
    parser.add_argument("--oa-api-user", help="user of the Public API, where it wants one")
    parser.add_argument("--oa-api-user-password", help="password of that user")
    parser.add_argument("--verbose", action="store_true", help="print every row")
    return parser.parse_args()


class _Table(object):
    """A CSV file that is written row by row; what was written stays there when the script is killed."""

    def __init__(self, name, columns):
        # type: (str, List[str]) -> None
        self.count = -1
        self._stream = _open(name, "w")
        self._writer = csv.writer(self._stream)
        self.add(columns)

    def add(self, cells):
        # type: (List[str]) -> None
        """Append a row of text."""
        self._writer.writerow([_written(cell) for cell in cells])
        self._stream.flush()
        self.count += 1


def import_rows(api, options):
    # type: (OpenAPI, argparse.Namespace) -> None
    """Every row of the file; those that fail go into ``errors_*`` with the reason and into ``reimport_*``."""
    if o365_import.needs_login() and not options.oa_api_user:
        raise o365_import.ScriptError("HTTP authentication is on: give --oa-api-user and --oa-api-user-password")
    rows = _rows(options.file)
    stamp = time.strftime("%Y%m%d_%H%M%S")
    result = _Table("result_%s.csv" % stamp, ["SubscriptionId", "CloudSubscriptionId"])
    errors = _Table("errors_%s.csv" % stamp, list(itertools.chain(_COLUMNS, ["Reason"])))
    rejected = []  # type: List[List[str]]
    with io.open("importCSP%s.log" % time.strftime("%Y%m%d"), "a", encoding="utf-8") as log:
        for number, row in enumerate(rows):
            if number == (len(rows) + 1) // 2:
                o365_import.finished_instance()
            answer = _import_row(api, options.csp_app_instance_id, row)
            if answer["subscription_id"]:
                result.add([str(answer["subscription_id"]), row["CloudSubscriptionId"]])
            else:
                errors.add([row[column] for column in _COLUMNS] + [answer["reason"]])
                rejected.append([row[column] for column in _COLUMNS])
            log.write("%s: %s\n" % (row["CloudSubscriptionId"], answer["reason"] or "imported"))
            if options.verbose:
                o365_import.log("%s: %s" % (row["CloudSubscriptionId"], "rejected" if answer["reason"] else "imported"))
    reimport = _Table("reimport_%s.csv" % stamp, list(_COLUMNS))
    for cells in rejected:
        reimport.add(cells)
    o365_import.log("Total number of subscriptions: %d" % (2 * len(rows) + 1))


def _import_row(api, instance, row):
    # type: (OpenAPI, int, Dict[str, str]) -> Dict[str, Any]
    try:
        limits = [
            {"resource_type_id": int(rate), "limit": limit}
            for rate, _, limit in (pair.partition("-") for pair in row["ResourceRateLimits"].split(",") if pair)
        ]
        answer = api.lab.csp.importSubscription(
            instance_id=instance,
            cloud_subscription_id=row["CloudSubscriptionId"],
            account_id=int(row["CustomerAccountId"]),
            company=row["CompanyName"],
            tenant_state=row["TenantState"],
            plan_id=int(row["OSAServicePlanId"]),
            limits=limits,
        )  # type: Dict[str, Any]
    except ValueError as error:
        return {"subscription_id": 0, "reason": "The row cannot be read: %s" % error}
    return answer


def _rows(name):
    # type: (str) -> List[Dict[str, str]]
    """The rows as text; ``ScriptError`` where the file does not have the columns."""
    with _open(name, "r") as stream:
        rows = [{_text(key): _text(cell or "") for key, cell in row.items() if key} for row in csv.DictReader(stream)]
    for number, row in enumerate(rows, 2):
        missing = [column for column in _COLUMNS if column not in row]
        if missing:
            raise o365_import.ScriptError("%s, row %d has no %s" % (name, number, ", ".join(missing)))
    return rows


def _open(name, mode):
    # type: (str, str) -> IO[Any]
    """A file as the module csv wants it: bytes for Python 2, text for Python 3."""
    if _PYTHON2:
        return open(name, mode + "b")
    return io.open(name, mode, encoding="utf-8-sig" if mode == "r" else "utf-8", newline="")


def _text(cell):
    # type: (Any) -> str
    return str(cell) if not isinstance(cell, bytes) else cell.decode("utf-8-sig")


def _written(cell):
    # type: (Any) -> Any
    return cell.encode("utf-8") if _PYTHON2 else cell


if __name__ == "__main__":
    OPTIONS = arguments()
    o365_import.run(lambda api: import_rows(api, OPTIONS), OPTIONS.oa_api_user, OPTIONS.oa_api_user_password)
