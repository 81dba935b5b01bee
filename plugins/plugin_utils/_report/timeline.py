# Copyright: (c) 2026, The odin.office365 engineers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: the interface may change without notice.
"""The picture of a run: a lane for each step and each host, as HTML with one small SVG for each lane.

Only the bars are drawn; names and times are text beside them, so that nothing is too small on a phone or on paper, and
a long picture can go on on the next page. The window in which provisioning was stopped is shaded in every lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._html import text
from .._plain_text import duration, epoch, moment
from .words import STATES, step_label

Document = Mapping[str, Any]

STYLE = """
.lane { display: grid; grid-template-columns: 17rem 1fr 7rem; break-inside: avoid; }
.lane .what, .lane .took { align-self: center; }
.lane .what { padding: .2rem .75rem .2rem 0; overflow-wrap: anywhere; }
.lane .took { padding-left: .75rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.lane .drawing { position: relative; border-left: 1px solid var(--line); border-right: 1px solid var(--line); }
.lane svg { position: absolute; width: 100%; height: 100%; }
.lane + .lane { border-top: 1px solid var(--line); }
.lane.axis span { grid-column: 2; display: flex; justify-content: space-between; font-variant-numeric: tabular-nums; }
.lane.small { font-size: .85em; }
.window { fill: var(--window); }
.bar { fill: var(--info); } .bar.changed { fill: var(--ok); } .bar.failed { fill: var(--blocker); }
.mark { fill: var(--blocker); }
.key { display: inline-block; width: .9rem; height: .9rem; vertical-align: -.1rem; margin-right: .3rem; }
.entry { display: inline-block; margin-right: 1rem; }
@media (max-width: 40rem) {
  .lane { grid-template-columns: 1fr auto; }
  .lane .what, .lane .took { padding: .2rem 0 0; }
  .lane .drawing, .lane.axis span { grid-column: 1 / 3; grid-row: 2; }
}
"""
_WIDTH = 1000.0  # units of every lane's drawing, which is stretched to the room that there is
_LEAST = 3.0  # units of the shortest bar that can still be seen
_LANE, _HOST_LANE, _TALLEST = 18.0, 12.0, 90.0
_OPEN_HOSTS = 12


class _Scale(NamedTuple):
    """Times become positions."""

    first: float
    last: float

    def at(self, time: str) -> float:
        return max(0.0, min(1.0, (epoch(time) - self.first) / max(self.last - self.first, 0.001))) * _WIDTH


class _Bar(NamedTuple):
    """One bar, ``number`` of ``rows`` below one another."""

    started: str
    ended: str
    state: str
    title: str
    number: int = 0
    rows: int = 1


def timeline(data: Document) -> list[str]:
    """The parts of the page that show when what was done."""
    scale = _Scale(epoch(data["run"]["started"]), epoch(data["run"]["ended"]))
    shade = _shade(data, scale)
    axis = (
        f'<div class="lane axis"><span><b>{text(moment(data["run"]["started"]))}</b>'
        f"<b>{text(moment(data['run']['ended'])[11:])}</b></span></div>"
    )
    point = data["upgrade"].get("point_of_no_return", "")
    lanes = [_step_lane(step, scale, shade, point) for step in data["steps"] if step["started"]]
    return [_legend(data), axis, *lanes, *_hosts(data, scale, shade, axis)]


def _legend(data: Document) -> str:
    keys = [("bar", "gone through"), ("bar changed", "changed something"), ("bar failed", "failed")]
    provisioning = data["provisioning"]
    if provisioning["stopped"]:
        since, until = (moment(provisioning[name])[11:19] for name in ("stopped", "started"))
        keys.append(("window", f"provisioning stopped {f'from {since} to {until}' if until else f'since {since}'}"))
    return "<p>" + "".join(f'<span class="entry">{_key(name)}{text(word)}</span>' for name, word in keys) + "</p>"


def _key(name: str) -> str:
    return f'<svg class="key" viewBox="0 0 1 1" aria-hidden="true"><rect class="{name}" width="1" height="1"/></svg>'


def _shade(data: Document, scale: _Scale) -> tuple[float, float] | None:
    """From where to where provisioning was stopped; up to the end where it still is."""
    provisioning = data["provisioning"]
    if not provisioning["stopped"]:
        return None
    return scale.at(provisioning["stopped"]), scale.at(provisioning["started"] or data["run"]["ended"])


def _step_lane(step: Mapping[str, Any], scale: _Scale, shade: tuple[float, float] | None, point: str) -> str:
    """One step, with a bar for each of its hosts below one another: hosts at work at the same time are seen at once."""
    hosts = sorted(step["hosts"], key=lambda host: (host["started"], host["host"]))
    bars = [
        _Bar(
            host["started"],
            host["ended"],
            host["state"],
            f"{host['host']}: {STATES[host['state']]}, {_span(host)}",
            number,
            len(hosts),
        )
        for number, host in enumerate(hosts)
    ]
    height = min(max(_LANE, len(hosts) * 6.0), _TALLEST)
    irreversible = bool(point) and point in step["ids"].split(", ") and step["word"] != "csp_agent"
    mark = ' <span class="point">point of no return</span>' if irreversible else ""
    many = f" <small>({len(hosts)} hosts)</small>" if len(hosts) > 1 else ""
    name = f"<b>{text(step['ids'])}</b> {text(step['title'])}{many}{mark}"
    line = scale.at(step["started"]) if irreversible else None
    return _lane(name, duration(step["seconds"]), bars, height, scale, shade, line)


def _hosts(data: Document, scale: _Scale, shade: tuple[float, float] | None, axis: str) -> list[str]:
    """A lane for each host, with a bar for each step that it took part in."""
    bars: dict[str, list[_Bar]] = {}
    for step in data["steps"]:
        for host in step["hosts"]:
            title = f"{step_label(step)}: {STATES[host['state']]}, {_span(host)}"
            bars.setdefault(host["host"], []).append(_Bar(host["started"], host["ended"], host["state"], title))
    if not bars:
        return []
    lanes = [
        _lane(text(name), f"{len(rows)} step(s)", rows, _HOST_LANE, scale, shade, small=True)
        for name, rows in bars.items()
    ]
    opened = " open" if len(lanes) <= _OPEN_HOSTS else ""
    return [f'<details class="printed"{opened}><summary>By host ({len(lanes)})</summary>', axis, *lanes, "</details>"]


def _lane(
    name: str,
    took: str,
    bars: Sequence[_Bar],
    height: float,
    scale: _Scale,
    shade: tuple[float, float] | None,
    line: float | None = None,
    *,
    small: bool = False,
) -> str:
    drawing = "".join(_drawing(bars, height, scale, shade, line))
    return (
        f'<div class="lane{" small" if small else ""}"><div class="what">{name}</div>'
        f'<div class="drawing" style="min-height: {height:.0f}px">'
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" preserveAspectRatio="none" aria-hidden="true">{drawing}</svg>'
        f'</div><div class="took">{text(took)}</div></div>'
    )


def _drawing(
    bars: Sequence[_Bar], height: float, scale: _Scale, shade: tuple[float, float] | None, line: float | None
) -> Iterable[str]:
    if shade:
        yield _rect("window", shade[0], 0.0, shade[1] - shade[0], height)
    for block in bars:
        room = height / block.rows
        gap = min(3.0, room / 5)
        left = scale.at(block.started)
        width = max(_LEAST, scale.at(block.ended) - left)
        kind = f"bar {block.state}" if block.state in ("changed", "failed") else "bar"
        top = block.number * room + gap
        yield _rect(kind, min(left, _WIDTH - width), top, width, room - 2 * gap, block.title)
    if line is not None:
        yield _rect("mark", line, 0.0, 2.0, height)


def _rect(kind: str, left: float, top: float, width: float, height: float, title: str = "") -> str:
    where = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
    inner = f"<title>{text(title)}</title></rect>" if title else "</rect>"
    return f'<rect class="{kind}" {where}>{inner}'


def _span(row: Mapping[str, Any]) -> str:
    return duration(epoch(row["ended"]) - epoch(row["started"]))
