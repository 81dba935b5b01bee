# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that talk to the platform share: options, clients, and how an error becomes a failure.

Private to this collection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible_collections.odin.office365.plugins.module_utils import _http
from ansible_collections.odin.office365.plugins.module_utils._aps_client import ApsClient
from ansible_collections.odin.office365.plugins.module_utils._errors import OaError, RefusedError
from ansible_collections.odin.office365.plugins.module_utils._explain import explain, facts
from ansible_collections.odin.office365.plugins.module_utils._oa_client import OaClient
from ansible_collections.odin.office365.plugins.module_utils._xmlrpc import XmlRpcTransport

_DEFAULT_PATH = "/RPC2"
#: The smallest value of options that count or limit something
_LEAST = {
    **dict.fromkeys(("connect_timeout", "read_timeout", "timeout", "poll_interval", "parallel"), 1),
    **dict.fromkeys(("batch_size", "batch_seconds", "readers", "writers", "max_rows"), 1),
    "batch_pause": 0,
}


@dataclass(frozen=True)
class Call:
    """What Ansible asks of a module: its options, complete and of the right types, and how to go about it."""

    options: dict[str, Any]
    check_mode: bool
    diff: bool


@dataclass(frozen=True)
class Context:
    """What an action gets: the module's options and the clients."""

    options: dict[str, Any]
    oa: OaClient
    aps: ApsClient
    diff: bool

    @property
    def check_mode(self) -> bool:
        """True where nothing may be changed."""
        return self.oa.check_mode


def connection_argument_spec(variables: str) -> dict[str, dict[str, Any]]:
    """The options of a connection to an XML-RPC API; environment variables that begin with ``variables`` stand in."""
    return {
        "api_url": _option(f"{variables}_URL", type="str", required=True),
        "api_username": _option(f"{variables}_USERNAME", type="str"),
        "api_password": _option(f"{variables}_PASSWORD", type="str", no_log=True),
        "validate_certs": _option(f"{variables}_VALIDATE_CERTS", type="bool", default=True),
        "ca_path": _option(f"{variables}_CA_PATH", type="path"),
        "connect_timeout": {"type": "int", "default": 10},
        "read_timeout": {"type": "int", "default": 120},
    }


def wait_argument_spec(timeout: int, poll_interval: int = 5) -> dict[str, dict[str, Any]]:
    """The options of every module that waits; seconds."""
    return {
        "timeout": {"type": "int", "default": timeout},
        "poll_interval": {"type": "int", "default": poll_interval},
    }


@dataclass(frozen=True)
class ApiModule:
    """A module that asks an API: its options, and what becomes of them.

    It runs as every module does (:meth:`run`) or in Ansible's own process (``_module_action``), with the same result.
    """

    argument_spec: dict[str, Any]
    #: the result (``changed`` and more) of a call, or an :class:`OaError`
    work: Callable[[Call], dict[str, Any]]
    #: what people are told of an error
    explained: Callable[[OaError], str] = explain
    mutually_exclusive: Sequence[Sequence[str]] = ()

    @property
    def rules(self) -> dict[str, Any]:
        """What is asked of the options together, as ``AnsibleModule`` and ``ArgumentSpecValidator`` take it."""
        return {
            "mutually_exclusive": self.mutually_exclusive,
            "required_together": [("api_username", "api_password")],
        }

    def result(self, call: Call) -> dict[str, Any]:
        """What the module answers; with ``failed`` and an explanation in ``msg`` where it failed."""
        try:
            _require_positive(call.options)
            result = self.work(call)
        except OaError as error:
            return {**error.details, "failed": True, "msg": self.explained(error), "error": facts(error)}
        if not call.diff:
            result.pop("diff", None)
        return result

    def run(self) -> None:
        """Run as a module: take the options from Ansible, print the result and end the process."""
        module = AnsibleModule(argument_spec=self.argument_spec, supports_check_mode=True, **self.rules)
        if _http.REQUESTS_MISSING is not None:
            module.fail_json(msg=missing_required_lib("requests"), exception=str(_http.REQUESTS_MISSING))
        result = self.result(Call(module.params, check_mode=module.check_mode, diff=module._diff))
        if result.get("failed"):
            module.fail_json(**result)
        module.exit_json(**result)


def oa_module(
    argument_spec: dict[str, Any],
    action: Callable[[Context], dict[str, Any]],
    *,
    mutually_exclusive: Sequence[Sequence[str]] = (),
) -> ApiModule:
    """A module that asks the Public API: its own options, and what it does; those of the documentation fragment ``oa``
    are added, so that one group default fits all modules."""
    aps = {
        "aps_url": _option("OA_APS_URL", type="str"),
        "aps_ca_path": _option("OA_APS_CA_PATH", type="path"),
    }
    return ApiModule(
        {**connection_argument_spec("OA_API"), **aps, **argument_spec},
        lambda call: action(_context(call)),
        mutually_exclusive=mutually_exclusive,
    )


def _option(variable: str, **more: Any) -> dict[str, Any]:
    """An option that an environment variable stands in for."""
    return {"fallback": (env_fallback, [variable]), **more}


def _context(call: Call) -> Context:
    options = call.options
    login = {"username": options["api_username"] or "", "password": options["api_password"] or ""}
    oa = OaClient(
        transport(options, "http://mn01.example.com:8440/RPC2", **login),
        check_mode=call.check_mode,
        transaction_timeout=options["read_timeout"],
    )
    # the APS controller takes a token, so it never sees the login of the Public API
    aps_http = _http.HttpClient(_settings(options, options["aps_ca_path"] or options["ca_path"]))
    return Context(options, oa, ApsClient(oa, aps_http, options["aps_url"]), call.diff)


def _require_positive(options: dict[str, Any]) -> None:
    """Raises :class:`RefusedError` where an option that counts or limits something is too small."""
    for name, least in _LEAST.items():
        if options.get(name) is not None and options[name] < least:
            raise RefusedError(f"Option {name} is {options[name]}; it has to be at least {least}.")


def transport(options: dict[str, Any], example: str, **login: str) -> XmlRpcTransport:
    """The way to the API at ``api_url``, which has to look like ``example``; ``login`` goes into the HTTP header."""
    address = _api_address(options["api_url"], example)
    return XmlRpcTransport(address, _http.HttpClient(_settings(options, options["ca_path"], **login)))


def _settings(options: dict[str, Any], ca_path: str | None, **login: str) -> _http.HttpSettings:
    return _http.HttpSettings(
        validate_certs=options["validate_certs"],
        ca_path=ca_path,
        connect_timeout=float(options["connect_timeout"]),
        read_timeout=float(options["read_timeout"]),
        **login,
    )


def _api_address(text: str, example: str) -> str:
    """The address with the path that XML-RPC clients use when none is given (oa-api.md 1.1)."""
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RefusedError(f"Option api_url has to look like {example}.")
    if parts.username is not None or parts.password is not None:
        raise RefusedError(
            "Option api_url holds a login; write it as api_username and api_password, which are never shown."
        )
    path = parts.path if parts.path not in ("", "/") else _DEFAULT_PATH
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
