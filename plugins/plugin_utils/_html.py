# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""Pages for people: one HTML file that needs nothing else, for screen, phone and paper.

Every value is escaped: names from the platform, findings and packages are data, whatever they look like.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._plain_text import clean

_STYLE = """
:root {
  color-scheme: light dark;
  --line: #8884; --blocker: #c62828; --warning: #b26a00; --info: #1565c0; --ok: #2e7d32;
}
@media (prefers-color-scheme: dark) {
  :root { --blocker: #ef9a9a; --warning: #ffcc80; --info: #90caf9; --ok: #a5d6a7; }
}
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.about { opacity: .75; margin: 0; }
code { font-size: .95em; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; vertical-align: top; }
td { overflow-wrap: anywhere; }
.finding { border-left: 4px solid var(--line); margin: .75rem 0; padding: .1rem 0 .1rem .75rem; }
.finding p { margin: .15rem 0; }
.accepted { opacity: .7; }
.word { font-weight: 600; }
.blocker { border-color: var(--blocker); } .blocker .word { color: var(--blocker); }
.warning { border-color: var(--warning); } .warning .word { color: var(--warning); }
.info { border-color: var(--info); } .info .word { color: var(--info); }
.none { color: var(--ok); }
.point { color: var(--blocker); font-weight: 600; white-space: nowrap; }
@media (max-width: 40rem) {
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  td { border: 0; padding: .1rem 0; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
}
@media print {
  body { max-width: none; font-size: 11px; }
  .finding, tr { break-inside: avoid; }
}
"""


def page(title: str, parts: Iterable[str], style: str = "") -> str:
    """A whole page; the parts are HTML already."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>"
    )


def text(value: object) -> str:
    """The text of a value, as a page may hold it."""
    return html.escape(clean(value))


def finding(row: Mapping[str, Any]) -> str:
    """One finding of preflight."""
    accepted = row.get("accepted")
    lines = [
        f'<p><span class="word">{text(row["severity"])}</span> <code>{text(row["key"])}</code> '
        f"{text(row['target'])}: {text(row['title'])}</p>"
    ]
    if accepted:
        lines.append(f"<p>Accepted: {text(accepted)}</p>")
    lines += [f"<p>{text(row['detail'])}</p>", f"<p><b>What to do:</b> {text(row['remedy'])}</p>"]
    if row.get("link"):
        lines.append(f"<p>{text(row['link'])}</p>")
    return f'<div class="finding {text(row["severity"])}{" accepted" if accepted else ""}">{"".join(lines)}</div>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are HTML already."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    head = "".join(f"<th>{text(name)}</th>" for name in heads)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"
