# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The planner: facts of an installation + a release of the catalog + the operator's choices -> a plan and findings.

Pure Python: no Ansible, no network, no files. Facts are plain data as the role ``collect`` gathers them.
"""
