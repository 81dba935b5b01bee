"""Line charts of the measurements as SVG files: ``python -m bench.graphs`` writes ``docs/performance/*.svg``.

Drawn here and not by a library: two charts of straight lines are less code than a dependency is trouble.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from bench.outage import RESULTS as OUTAGE
from bench.results import Row, median, read_rows
from bench.subscriptions import RESULTS as SUBSCRIPTIONS
from tools.checkout import ROOT

TARGET = ROOT / "docs" / "performance"
WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 60
COLORS = ("#1f5fa8", "#c4501b", "#3f8f3f", "#7b4fa3", "#666666")
TICKS = 5

Points = list[tuple[float, float]]


def chart(title: str, x_label: str, y_label: str, series: Mapping[str, Points]) -> str:
    """An SVG document: one line with marked points for each series, axes from zero. Empty series are left out."""
    drawn = {name: sorted(points) for name, points in series.items() if points}
    points = [point for line in drawn.values() for point in line]
    x_most, y_most = (max((point[axis] for point in points), default=0.0) for axis in (0, 1))
    x_step, y_step = tick_step(x_most), tick_step(y_most)
    x_end, y_end = (step * max(1, math.ceil(most / step)) for most, step in ((x_most, x_step), (y_most, y_step)))

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + x / x_end * (WIDTH - LEFT - RIGHT)
        return round(across, 1), round(HEIGHT - BOTTOM - y / y_end * (HEIGHT - TOP - BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 22, title, "middle"),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_label, "middle"),
        f'<g transform="translate(16 {HEIGHT / 2}) rotate(-90)">{_text(0, 0, y_label, "middle")}</g>',
    ]
    for tick in range(round(x_end / x_step) + 1):
        x, y = place(tick * x_step, 0)
        parts.append(_text(x, y + 18, f"{tick * x_step:g}", "middle"))
    for tick in range(round(y_end / y_step) + 1):
        x, y = place(0, tick * y_step)
        parts.append(f'<path d="M{x} {y}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        parts.append(_text(x - 6, y + 4, f"{tick * y_step:g}", "end"))
    for number, (name, line) in enumerate(drawn.items()):
        color = COLORS[number % len(COLORS)]
        places = [place(*point) for point in line]
        corners = " ".join(f"{x},{y}" for x, y in places)
        parts.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{corners}"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{color}"/>' for x, y in places]
        parts.append(f'<rect x="{LEFT + 12}" y="{TOP + 6 + 18 * number}" width="14" height="4" fill="{color}"/>')
        parts.append(_text(LEFT + 32, TOP + 12 + 18 * number, name, "start"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def tick_step(largest: float) -> float:
    """The distance of ticks on an axis from 0 to ``largest``: 1, 2 or 5 times a power of ten."""
    rough = (largest or 1.0) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def medians(rows: Iterable[Row], x: str, y: str) -> dict[str, Points]:
    """Contender -> points: the medians of member ``y`` for each value of member ``x``."""
    rows = [row for row in rows if x in row and y in row]
    return {
        name: [
            (number, median(rows, y, contender=name, **{x: number}) or 0.0)
            for number in {row[x] for row in rows if row["contender"] == name}
        ]
        for name in dict.fromkeys(row["contender"] for row in rows)
    }


def window_chart(rows: Iterable[Row]) -> str:
    """The provisioning window against the number of sites, where hosts have about as many sites each."""
    flat = [{**row, **row["size"]} for row in rows if row["part"] in ("one_site", "ten_sites", "fifty_sites")]
    shortest = medians([{**row, "contender": "critical path"} for row in flat], "sites", "critical_path_seconds")
    series = medians(flat, "sites", "window_seconds") | shortest
    return chart("Provisioning window", "gateway sites", "seconds", series)


def subscriptions_chart(rows: Iterable[Row]) -> str:
    """Seconds against the number of subscriptions."""
    compared = [
        row if row["readers"] == 1 else {**row, "contender": f"{row['contender']}, {row['readers']} readers"}
        for row in rows
        if row["part"] == "compared"
    ]
    series = medians(compared, "subscriptions", "seconds")
    return chart("Adding a resource type to subscriptions", "subscriptions", "seconds", series)


def main() -> int:
    """Draw the measurements that are kept."""
    for measured, draw, name in (
        (OUTAGE, window_chart, "window.svg"),
        (SUBSCRIPTIONS, subscriptions_chart, "subscriptions.svg"),
    ):
        _write(TARGET / name, draw(read_rows(TARGET / measured.name)))
    return 0


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    print(path)


if __name__ == "__main__":
    sys.exit(main())
