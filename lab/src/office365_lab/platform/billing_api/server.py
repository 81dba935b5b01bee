"""The Billing API as a web service, over HTTP and HTTPS.

How the real one answers a wrong login is unknown; here it is a fault, as every other failure. The documented place
of the login are two members of the struct; one public client sends HTTP Basic instead, so both are taken here.
Whether Billing asks for a login at all follows the lab's switch for the Public API.
"""

from __future__ import annotations

import base64
import hmac
import ssl
import sys
import time
import traceback
import xmlrpc.client
from typing import Any, ClassVar

from office365_lab.faults import Fault
from office365_lab.platform.api import access
from office365_lab.platform.api.envelope import MalformedRequestError, Request, read_request
from office365_lab.platform.billing_api.methods import BillingFault, execute
from office365_lab.platform.services import Services
from office365_lab.platform.web import XMLRPC_FAULT_WORDS, Answer, WebHandler, answer_with_faults
from office365_lab.server import LabServer

CHANNEL = "billing_api"
HOST = "billing01"
_PATH = "/RPC2"
_CONTENT_TYPE = "text/xml"
_FAULT_CODE = 1  # the real codes are unknown
_MEMBERS = frozenset({"Server", "Method", "Params", "Username", "Password"})


def billing_server(services: Services, tls: ssl.SSLContext | None) -> LabServer:
    """A server that is not started yet."""
    return LabServer(type("Handler", (_Handler,), {"services": services}), tls=tls)


class _Handler(WebHandler):
    services: ClassVar[Services]

    def do_POST(self) -> None:  # noqa: N802  the name that http.server looks for
        started = time.monotonic()
        body = self.read_body()
        if body is None:
            return
        if self.path != _PATH:
            self._log(f"POST {self.path}", outcome="error: no such path")
            self.send(Answer(404, b"", "text/plain"))
            return
        try:
            request = read_request(body)
            call, arguments = _call(request)
        except (MalformedRequestError, BillingFault) as error:
            self._log(f"POST {self.path}", outcome=f"error: {error}")
            self.send(_fault(str(error)))
            return
        answer_with_faults(
            self,
            self.services.faults,
            (CHANNEL, HOST, call),
            lambda: self._answer(arguments),
            _planned,
            lambda outcome: self._log(call, arguments=arguments, outcome=outcome, seconds=time.monotonic() - started),
            XMLRPC_FAULT_WORDS,
        )

    def _answer(self, arguments: dict[str, Any]) -> Answer:
        try:
            if self.services.options.api_authentication and not self._password_accepted(arguments):
                raise BillingFault("Access denied: wrong user name or password.")
            with self.services.database.transaction() as db:
                result = execute(
                    db, self.services, arguments["Server"], arguments["Method"], arguments.get("Params", [])
                )
        except BillingFault as error:
            return _fault(str(error))
        except Exception as error:  # a mistake of the lab: loud in its log, a fault for the caller
            traceback.print_exc(file=sys.stderr)
            return _fault(f"mistake of the lab: {error!r}")
        body = xmlrpc.client.dumps(({"Result": result},), methodresponse=True, encoding="utf-8")
        return Answer(200, body.encode(), _CONTENT_TYPE)

    def _password_accepted(self, arguments: dict[str, Any]) -> bool:
        credentials = self.services.credentials
        wanted = f"{credentials.billing_username}:{credentials.billing_password}".encode()
        if "Username" in arguments or "Password" in arguments:
            sent = f"{arguments.get('Username', '')}:{arguments.get('Password', '')}".encode()
        else:
            sent = access.basic_login(self.headers.get("Authorization"))
        return hmac.compare_digest(sent, wanted)

    def _log(self, call: str, **line: Any) -> None:
        self.services.wire.append(CHANNEL, call, host=HOST, client=self.client_address[0], **line)


def _call(request: Request) -> tuple[str, dict[str, Any]]:
    """``Server.Method`` and the struct of a call; :class:`BillingFault` for what is no call of this API."""
    if request.method != "Execute":
        raise BillingFault(f"Method {request.method} is not known.")
    if len(request.parameters) != 1 or not isinstance(request.parameters[0], dict):
        raise BillingFault("Execute takes one struct.")
    struct = request.parameters[0]
    unknown = sorted(struct.keys() - _MEMBERS)
    if unknown:
        raise BillingFault(f"Execute does not know {', '.join(unknown)}.")
    texts = all(isinstance(struct.get(name), str) for name in ("Server", "Method"))
    if not texts or not isinstance(struct.get("Params", []), list):
        raise BillingFault("Execute needs Server and Method as strings and Params as an array.")
    return f"{struct['Server']}.{struct['Method']}", struct


def _planned(fault: Fault) -> Answer:
    return _fault(str(fault.get("message", "planned fault")))


def _fault(message: str) -> Answer:
    """A fault with its text in base64, as Billing writes it."""
    text = base64.b64encode(message.encode()).decode()
    body = xmlrpc.client.dumps(xmlrpc.client.Fault(_FAULT_CODE, text), methodresponse=True, encoding="utf-8")
    return Answer(200, body.encode(), _CONTENT_TYPE, f"error: {message}")
