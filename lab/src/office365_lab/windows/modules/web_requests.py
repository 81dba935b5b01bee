"""win_uri and win_get_url."""

from __future__ import annotations

import base64
import json
import ntpath
import re
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from office365_lab.windows import paths
from office365_lab.windows.errors import ModuleError, WindowsError
from office365_lab.windows.modules.copying import marked
from office365_lab.windows.modules.registry import Result, Task, digest, module
from office365_lab.windows.network import WebAnswer


@module("ansible.windows.win_uri")
def win_uri(task: Task) -> Result:
    """A web request; an answer with another status than ``status_code`` is a failure that still shows the answer."""
    result: Result = {"changed": False, "elapsed": 0, "url": task.need("url")}
    answer = _request(task, str(task.need("url_method")).upper(), task.need("url"), result)
    result |= {
        "status_code": answer.status,
        "status_description": answer.reason,
        "response_uri": task.need("url"),
        "method": str(task.need("url_method")).upper(),
        "content_length": len(answer.body),
    }
    for name, value in answer.headers.items():
        result.setdefault(_snake(name), value)
    if task.flag("return_content"):
        result["content"] = answer.body.decode("utf-8", "replace")
        if re.search("text|json|javascript", result.get("content_type", "")):
            try:
                result["json"] = json.loads(result["content"])
            except ValueError:
                result.pop("json", None)
    if task.get("dest"):
        result["changed"] = _save(task, task.need("dest"), answer.body)
    if answer.status not in task.need("status_code"):
        wanted = ", ".join(map(str, task.need("status_code")))
        raise ModuleError(f"win_uri: {task.need('url')} answered {answer.status}, not {wanted}", **result)
    return result


@module("ansible.windows.win_get_url")
def win_get_url(task: Task) -> Result:
    """Download to a file or into a folder; a checksum is compared before anything is written."""
    disk, url, dest = task.host.disk, str(task.need("url")), str(task.need("dest"))
    if task.get("checksum_url"):
        raise ModuleError("office365-lab does not imitate the option checksum_url of win_get_url")
    if disk.is_dir(dest):
        dest = paths.join(dest, ntpath.basename(unquote(urlsplit(url).path)) or str(urlsplit(url).hostname))
    result: Result = {"changed": False, "elapsed": 0, "url": url, "dest": dest}
    if not disk.is_dir(ntpath.dirname(disk.absolute(dest))):
        raise ModuleError(f"win_get_url: there is no folder for {dest}", **result)
    algorithm, wanted = task.need("checksum_algorithm"), str(task.get("checksum", default="")).strip().lower()
    present = digest(disk.read(dest), algorithm) if disk.is_file(dest) else None
    if present is None or task.flag("force") or (wanted and wanted != present):
        answer = _request(task, str(task.get("url_method", default="GET")).upper(), url, result)
        if answer.status != 200:
            raise ModuleError(f"win_get_url: {url} answered {answer.status}", status_code=answer.status, **result)
        result |= {"status_code": answer.status, "msg": answer.reason, "checksum_src": digest(answer.body, algorithm)}
        if wanted and wanted != result["checksum_src"]:
            got = result["checksum_src"]
            raise ModuleError(f"win_get_url: the {algorithm} of {url} is {got}, not {wanted}", **result)
        result["changed"] = _save(task, dest, answer.body)
    if disk.is_file(dest):
        result |= {"checksum_dest": digest(disk.read(dest), algorithm), "size": len(disk.read(dest))}
    return result


def _request(task: Task, method: str, url: str, result: Result) -> WebAnswer:
    began = time.monotonic()
    body = _body(task.get("body"))
    headers = {str(name): str(value) for name, value in task.get("headers", default={}).items()}
    headers.setdefault("User-Agent", str(task.get("http_agent", default="ansible-httpget")))
    if task.get("content_type"):
        headers["Content-Type"] = task.get("content_type")
    if task.get("url_username"):
        pair = f"{task.get('url_username')}:{task.get('url_password', default='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    try:
        return task.host.network.request(
            task.host,
            method,
            url,
            headers=headers,
            body=body,
            timeout=float(task.need("url_timeout")),
            verify=task.flag("validate_certs"),
        )
    except WindowsError as error:
        raise ModuleError(f"{task.call.name}: {error}", **result) from error
    finally:
        result["elapsed"] = round(time.monotonic() - began, 3)


def _body(body: Any) -> bytes | None:
    if body is None:
        return None
    return (json.dumps(body) if isinstance(body, (dict, list)) else str(body)).encode()


def _save(task: Task, dest: str, content: bytes) -> bool:
    disk = task.host.disk
    if disk.is_file(dest) and disk.read(dest) == content:
        return False
    if not task.check:
        disk.write(dest, content, blocked=marked(task, dest))
    return True


def _snake(name: str) -> str:
    """The name of a header as the module gives it: ``WWW-Authenticate`` becomes ``www_authenticate``."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name.replace("-", ""))
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()
