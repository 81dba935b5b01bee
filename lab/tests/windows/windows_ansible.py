"""Run real ansible-playbook against a lab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from windows_lab import Running

PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
_TIMEOUT = 120


def inventory(running: Running, mode: str) -> dict[str, Any]:
    """An inventory for ``winrm``, ``winrm-https``, ``winrm-ntlm``, ``psrp``, ``psrp-https`` or ``psrp-ntlm``."""
    plugin, _, variant = mode.partition("-")
    https = variant == "https"
    port = running.addresses.winrm_https_port if https else running.addresses.winrm_http_port
    authority = str(running.layout.certificates / "ca.pem")
    common = {
        "ansible_connection": plugin,
        "ansible_host": "127.0.0.1",
        "ansible_port": port,
        "ansible_user": running.credentials.windows_username,
        "ansible_password": running.credentials.windows_password,
        "ansible_winrm_scheme": "https" if https else "http",
        "ansible_winrm_transport": "ntlm" if variant == "ntlm" else "basic",
        "ansible_winrm_ca_trust_path": authority,
        "ansible_psrp_protocol": "https" if https else "http",
        "ansible_psrp_auth": "ntlm" if variant == "ntlm" else "basic",
        "ansible_psrp_message_encryption": "auto" if https or variant == "ntlm" else "never",
        "ansible_psrp_ca_cert": authority,
    }
    hosts = {
        name: {"ansible_winrm_path": f"/{name}/wsman", "ansible_psrp_path": f"{name}/wsman"}
        for name in running.lab.hosts
    }
    return {"endpoint_hosts": {"hosts": hosts, "vars": common}}


def play(
    running: Running, playbook: Path, folder: Path, mode: str = "winrm", *arguments: str, **variables: Any
) -> subprocess.CompletedProcess[str]:
    """Run a playbook; the inventory lies in ``folder``, not among the arguments (it holds a password)."""
    path = folder / f"inventory-{mode}.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(inventory(running, mode)), encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }
    command = [str(PLAYBOOK), "-i", str(path), str(playbook), "-e", json.dumps(variables), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=_TIMEOUT, env=environment, cwd=folder, check=False
    )
