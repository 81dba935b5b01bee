"""Why a task failed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.odin.office365.plugins.plugin_utils._failure_text import failure_text

THROWN = {"failed": True, "error": [{"output": "x", "exception": {"message": "The disk is full.\n"}}]}


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"msg": " it broke\n"}, "it broke"),
        ({"msg": ["one", "two"]}, "one\ntwo"),
        ({}, "failed without a message"),
        # win_powershell has no msg of its own, and ansible-core may put one there that says nothing
        (THROWN, "The disk is full."),
        ({**THROWN, "msg": "Unknown error."}, "The disk is full."),
        ({"msg": "it broke", "error": []}, "it broke"),
        # a module of this collection
        ({"msg": "refused", "error": {"method": "pem.x"}}, "refused"),
        ({"msg": "refused", "error": ["text", {"exception": "text"}, {"exception": {"message": ""}}]}, "refused"),
        (
            {"msg": "One or more items failed", "results": [THROWN, {"msg": "well"}, {"failed": True, "msg": "a"}]},
            "The disk is full.; a",
        ),
    ],
)
def test_the_reason_is_found(result: dict[str, Any], text: str) -> None:
    assert failure_text(result) == text
