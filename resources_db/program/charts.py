"""Charts as SVG, drawn here: no script, readable on paper, with their words for those who hear the page.

Each has a table beside it on the page, with the same numbers. What is held back is drawn as a gap with a star, never as a
bar of some length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, log10
from typing import NamedTuple

from markupsafe import Markup, escape

from resources_db.program.reading import Shown

_WIDTH, _LEFT, _TOP, _TALL = 360, 38, 30, 150
_RIGHT = _WIDTH - 6

_LETTER = 6.1  # the usual width of a sign at 12 px


class Line(NamedTuple):
    """What is drawn in one color."""

    name: str
    values: Sequence[Shown]


def columns(code: str, title: str, labels: Sequence[str], lines: Sequence[Line]) -> Markup:
    """Standing bars side by side: one group for each label, in the order of time."""
    most = _round_up(max((value or 0 for line in lines for value in line.values), default=0))
    bottom = _TOP + _TALL
    parts = [_legend(lines), _grid(most, str)]
    group = (_RIGHT - _LEFT) / max(1, len(labels))
    wide = min(22.0, group * 0.8 / max(1, len(lines)))
    for number, _ in enumerate(labels):
        left = _LEFT + group * number + (group - wide * len(lines)) / 2
        for place, line in enumerate(lines):
            value, x = line.values[number], left + wide * place
            if value is None:
                parts.append(f'<text class="gap" x="{x + wide / 2:.1f}" y="{bottom - 3}" text-anchor="middle">*</text>')
            elif value:
                tall = _TALL * value / most
                parts.append(
                    f'<rect class="s{place + 1}" x="{x:.1f}" y="{bottom - tall:.1f}" width="{max(1.0, wide - 1):.1f}" '
                    f'height="{tall:.1f}"/>'
                )
    parts.append(_axis(labels))
    return _drawing(code, title, _sentence(labels, lines), bottom + 24, parts)


def curve(code: str, title: str, labels: Sequence[str], shares: Sequence[float | None]) -> Markup:
    """Shares from 0 to 100 %; a gap where one cannot be told."""
    step, bottom = (_RIGHT - _LEFT) / max(1, len(labels)), _TOP + _TALL
    parts, run = [_grid(100, lambda value: f"{value}%")], list[str]()
    for number, share in enumerate([*shares, None]):
        if share is None:
            if len(run) > 1:
                parts.append(f'<polyline class="l1" points="{" ".join(run)}"/>')
            run = []
            continue
        point = f"{_LEFT + step * (number + 0.5):.1f},{bottom - _TALL * min(1.0, share):.1f}"
        run.append(point)
        x, y = point.split(",")
        parts.append(f'<circle class="s1" cx="{x}" cy="{y}" r="3"/>')
    parts.append(_axis(labels))
    told = [f"{label}: {share:.0%}" for label, share in zip(labels, shares, strict=True) if share is not None]
    return _drawing(code, title, ". ".join(told) or "Too few to tell.", bottom + 24, parts)


def bars(code: str, title: str, labels: Sequence[str], lines: Sequence[Line]) -> Markup:
    """Lying bars under their words: for things that have names."""
    most = max((value or 0 for line in lines for value in line.values), default=0) or 1
    parts, y, thick, room = [_legend(lines)], float(_TOP), 12, _WIDTH - 60
    for number, label in enumerate(labels):
        parts.append(f'<text x="4" y="{y + 12:.0f}">{escape(label)}</text>')
        y += 17
        for place, line in enumerate(lines):
            value = line.values[number]
            long = room * (value or 0) / most
            if long:
                parts.append(f'<rect class="s{place + 1}" x="4" y="{y:.0f}" width="{long:.1f}" height="{thick}"/>')
            parts.append(f'<text x="{long + 9:.1f}" y="{y + 10:.0f}">{"*" if value is None else f"{value:,}"}</text>')
            y += thick + 2
        y += 7
    return _drawing(code, title, _sentence(labels, lines), int(y), parts)


def _drawing(code: str, title: str, sentence: str, tall: int, parts: Sequence[str]) -> Markup:
    return Markup(
        f'<svg class="chart" role="img" aria-labelledby="{code}-t {code}-d" viewBox="0 0 {_WIDTH} {tall}">'
        f'<title id="{code}-t">{escape(title)}</title><desc id="{code}-d">{escape(sentence)}</desc>{"".join(parts)}</svg>'
    )


def _sentence(labels: Sequence[str], lines: Sequence[Line]) -> str:
    """What the drawing shows, in words: the first, the most and the last of each line; all is in the table."""
    told = []
    for line in lines:
        known = [(label, value) for label, value in zip(labels, line.values, strict=True) if value is not None]
        if not known:
            told.append(f"{line.name}: held back")
            continue
        most = max(known, key=lambda each: each[1])
        told.append(f"{line.name}: most is {most[1]:,} ({most[0]}), last is {known[-1][1]:,} ({known[-1][0]})")
    return ". ".join(told) + ". The table has every number."


def _legend(lines: Sequence[Line]) -> str:
    if len(lines) < 2:
        return ""
    parts, x = [], 4.0
    for place, line in enumerate(lines):
        parts.append(f'<rect class="s{place + 1}" x="{x:.0f}" y="6" width="11" height="11"/>')
        parts.append(f'<text x="{x + 15:.0f}" y="16">{escape(line.name)}</text>')
        x += 15 + len(line.name) * _LETTER + 16
    return "".join(parts)


def _grid(most: int, name: Callable[[int], str]) -> str:
    parts = []
    for value in (0, most // 2, most):
        y = _TOP + _TALL - _TALL * value / most
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{name(value)}</text>')
    return "".join(parts)


def _axis(labels: Sequence[str]) -> str:
    """As many labels under the bars as there is room for; the last one always."""
    step = (_RIGHT - _LEFT) / max(1, len(labels))
    longest = max((len(label) for label in labels), default=1) * _LETTER + 6
    every = max(1, ceil(longest / step))
    parts = []
    for number, label in enumerate(labels):
        if (len(labels) - 1 - number) % every == 0 and not (number == 0 and step * (number + 0.5) < longest / 2 - _LEFT):
            x = min(_LEFT + step * (number + 0.5), _RIGHT - longest / 2 + 3)
            parts.append(f'<text x="{x:.1f}" y="{_TOP + _TALL + 16}" text-anchor="middle">{escape(label)}</text>')
    return "".join(parts)


def _round_up(most: int) -> int:
    """The end of the scale: 1, 2, 4, 6 or 8 times a power of ten, so that its half is whole as well."""
    if most <= 2:
        return 2
    power: int = 10 ** int(log10(most))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= most and step * power > 1)
