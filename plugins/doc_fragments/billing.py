# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that the modules for Billing share."""

from __future__ import annotations


class ModuleDocFragment:
    """The connection to the Billing API."""

    # The Billing API
    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - Address of the Billing API, such as V(https://billing01.example.com:5224/RPC2).
      - Without a path, V(/RPC2) is used.
      - If the option is not given, the environment variable E(BILLING_API_URL) is used.
    type: str
    required: true
  api_username:
    description:
      - Login for the Billing API; leave it out where Billing asks for none.
      - If the option is not given, the environment variable E(BILLING_API_USERNAME) is used.
    type: str
  api_password:
    description:
      - Password for O(api_username). It is a part of every call, so use https where Billing offers it.
      - If the option is not given, the environment variable E(BILLING_API_PASSWORD) is used.
    type: str
  validate_certs:
    description:
      - Whether certificates are verified when the address starts with C(https).
      - If the option is not given, the environment variable E(BILLING_API_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates of the authorities to trust, in PEM format.
      - If the option is not given, the environment variable E(BILLING_API_CA_PATH) is used.
    type: path
  connect_timeout:
    description: Seconds to wait for a connection.
    type: int
    default: 10
  read_timeout:
    description: Seconds to wait for an answer.
    type: int
    default: 120
requirements:
  - Python 3.9 or later on the host that runs the module, usually the controller
  - requests
notes:
  - Run the module on the controller (C(delegate_to=localhost)) or on any host that may call the Billing API.
  - On the controller it runs in Ansible's own process, which saves the start of a Python process. With C(become),
    C(async), C(environment) or another C(ansible_python_interpreter) it runs as any module does, with the same result.
  - Proxy settings and F(.netrc) of the environment are not used.
  - Calls are repeated a few times after a passing failure of the network; all of them only read.
"""
