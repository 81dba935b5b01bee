"""``--check`` goes through every step of an upgrade, changes nothing, and predicts what the same run then changes.

Of procedure B here; of procedure A in ``test_upgrade.py``.
"""

from __future__ import annotations

import prediction
import pytest
from integration_lab import CSP, LabStarter
from prediction import Compared
from test_procedures import QUICK


@pytest.fixture(scope="module")
def compared(start_lab: LabStarter, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """A fresh installation: checked, then upgraded. autoconf.py was run by hand, so what it leaves to do is known."""
    return prediction.compare(
        start_lab(scenario="csp", hosts=1, gateways=1, **QUICK),
        tmp_path_factory.mktemp("results"),
        playbook=CSP,
        office365_confirm="16.6.4 to 16.8.4",
        autoconf_command=[],
        autoconf_confirmed=True,
    )


def test_check_mode_changes_nothing(compared: Compared) -> None:
    prediction.changes_nothing(compared)


def test_check_mode_predicts_the_changed_tasks(compared: Compared) -> None:
    prediction.predicts_the_changed_tasks(compared)


def test_check_mode_predicts_the_rows(compared: Compared) -> None:
    prediction.predicts_the_rows(compared)


def test_check_mode_shows_the_command_line_of_setup(compared: Compared) -> None:
    prediction.shows_the_command_line_of_setup(compared)
