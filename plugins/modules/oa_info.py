#!/usr/bin/python
# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: oa_info
short_description: Read the version of Odin Automation and what its Public API offers
version_added: 1.0.0
description:
  - Reads the build history, from which version and hotfixes are taken.
  - On request also reads the methods of the Public API and their signatures.
  - Whether the build history names hotfixes on every platform is not known.
author:
  - The odin.office365 engineers (@odin-office365)
extends_documentation_fragment:
  - odin.office365.oa
  - odin.office365.attributes.info
options:
  methods:
    description: Return the names of all methods that the platform has.
    type: bool
    default: false
  signatures:
    description: Return the signatures of these methods.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Read version, hotfixes and the signature of one method
  odin.office365.oa_info:
    api_url: http://mn01.example.com:8440/RPC2
    signatures:
      - pem.APS.unimportPackage
  register: platform
"""

RETURN = r"""
version:
  description: Version with at least three numbers; empty where no build text has one.
  type: str
  returned: success
  sample: 7.1.0
build:
  description: The newest build text.
  type: str
  returned: success
  sample: oa-7.1-2188
build_history:
  description: All build texts, newest first.
  type: list
  elements: str
  returned: success
hotfixes:
  description: Article numbers of the hotfixes that build texts name.
  type: list
  elements: int
  returned: success
  sample: [130748]
methods:
  description: Names of methods; empty unless O(methods) is set.
  type: list
  elements: str
  returned: success
signatures:
  description: Signature of each method of O(signatures) as XML text, null where the platform has none.
  type: dict
  returned: success
"""

from typing import Any

from ansible_collections.odin.office365.plugins.module_utils._oa_module import Context, oa_module
from ansible_collections.odin.office365.plugins.module_utils._platform import collect


def read(context: Context) -> dict[str, Any]:
    """The result of the module."""
    options = context.options
    return {"changed": False, **collect(context.oa, methods=options["methods"], signatures=options["signatures"])}


MODULE = oa_module(
    {
        "methods": {"type": "bool", "default": False},
        "signatures": {"type": "list", "elements": "str", "default": []},
    },
    read,
)


def main() -> None:
    """Run the module."""
    MODULE.run()


if __name__ == "__main__":
    main()
