# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The verification: what the systems say after an upgrade + a release of the catalog -> a row for every demand.

Pure Python, as the planner, whose context it uses: no Ansible, no network, no files.
"""
