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


#: The action of a module: its result (``changed`` and more) or an :class:`OaError`
Action = Callable[[Context], dict[str, Any]]


def oa_argument_spec() -> dict[str, dict[str, Any]]:
    """The options of the documentation fragment ``oa``: one group default fits all modules that take them."""
    return {
        **connection_argument_spec("OA_API"),
        "aps_url": _option("OA_APS_URL", type="str"),
        "aps_ca_path": _option("OA_APS_CA_PATH", type="path"),
    }


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


def run(
    argument_spec: dict[str, Any],
    action: Action,
    *,
    mutually_exclusive: Sequence[Sequence[str]] = (),
    required_one_of: Sequence[Sequence[str]] = (),
    required_if: Sequence[tuple[Any, ...]] = (),
) -> None:
    """Build the Ansible module, run the action, end the module with its result or with an explained failure."""
    serve(
        argument_spec,
        lambda module: action(_context(module)),
        mutually_exclusive=mutually_exclusive,
        required_one_of=required_one_of,
        required_if=required_if,
    )


def serve(
    argument_spec: dict[str, Any],
    work: Callable[[Any], dict[str, Any]],
    explained: Callable[[OaError], str] = explain,
    **rules: Any,
) -> None:
    """What :func:`run` does, for modules with other clients: ``work`` gets the Ansible module."""
    module = AnsibleModule(
        argument_spec=argument_spec,
        supports_check_mode=True,
        required_together=[("api_username", "api_password")],
        **rules,
    )
    if _http.REQUESTS_MISSING is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=str(_http.REQUESTS_MISSING))
    try:
        _require_positive(module.params)
        result = work(module)
    except OaError as error:
        module.fail_json(msg=explained(error), error=facts(error), **error.details)
    if not module._diff:
        result.pop("diff", None)
    module.exit_json(**result)


def _option(variable: str, **more: Any) -> dict[str, Any]:
    """An option that an environment variable stands in for."""
    return {"fallback": (env_fallback, [variable]), **more}


def _context(module: Any) -> Context:
    options = module.params
    login = {"username": options["api_username"] or "", "password": options["api_password"] or ""}
    oa = OaClient(
        transport(options, "http://mn01.example.com:8440/RPC2", **login),
        check_mode=module.check_mode,
        transaction_timeout=options["read_timeout"],
    )
    # the APS controller takes a token, so it never sees the login of the Public API
    aps_http = _http.HttpClient(_settings(options, options["aps_ca_path"] or options["ca_path"]))
    return Context(options, oa, ApsClient(oa, aps_http, options["aps_url"]), bool(module._diff))


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
