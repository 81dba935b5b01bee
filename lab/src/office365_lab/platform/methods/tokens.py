"""Tokens for the APS controller (oa-api.md 6.1)."""

from __future__ import annotations

from typing import Any

from office365_lab.platform.api.context import Call
from office365_lab.platform.api.declarations import INT, required
from office365_lab.platform.api.errors import ApiError
from office365_lab.platform.api.registry import Registry
from office365_lab.platform.methods import find
from office365_lab.platform.tokens import TokenKind

METHODS = Registry()
_ADMINISTRATOR = 1


@METHODS.method("pem.APS.getUserToken", required("user_id", INT))
def get_user_token(call: Call, arguments: dict[str, Any]) -> dict[str, str]:
    """A token of a user; the lab has the administrator (1) only."""
    if arguments["user_id"] != _ADMINISTRATOR:
        raise ApiError("no_object", kind="User", id=arguments["user_id"])
    return _issue(call, "user", arguments["user_id"])


@METHODS.method("pem.APS.getAccountToken", required("account_id", INT), required("subscription_id", INT))
def get_account_token(call: Call, arguments: dict[str, Any]) -> dict[str, str]:
    """A token of an account; ``subscription_id`` 0 means none."""
    find.account(call.db, arguments["account_id"])
    if arguments["subscription_id"] != 0:
        find.subscription(call.db, arguments["subscription_id"])
    return _issue(call, "account", arguments["account_id"])


@METHODS.method("pem.APS.getSubscriptionToken", required("subscription_id", INT))
def get_subscription_token(call: Call, arguments: dict[str, Any]) -> dict[str, str]:
    """A token of a subscription."""
    find.subscription(call.db, arguments["subscription_id"])
    return _issue(call, "subscription", arguments["subscription_id"])


@METHODS.method("pem.APS.getApplicationInstanceToken", required("application_instance_id", INT))
def get_instance_token(call: Call, arguments: dict[str, Any]) -> dict[str, str]:
    """A token of an application instance."""
    find.instance(call.db, arguments["application_instance_id"])
    return _issue(call, "instance", arguments["application_instance_id"])


def _issue(call: Call, kind: TokenKind, number: int) -> dict[str, str]:
    return {
        "aps_token": call.services.tokens.issue(kind, number),
        "controller_uri": call.services.controller_uri,
    }
