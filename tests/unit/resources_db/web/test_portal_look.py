"""The staff's pages look like the families' page, and can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.bot.test_widget_size import WIDGET, contrast

PORTAL = Path(__file__).resolve().parents[4] / "resources_db" / "web" / "portal"
TEXT_ON = [
    ("ink", "paper"), ("ink", "surface"), ("ink", "glow"), ("soft", "paper"), ("soft", "surface"), ("link", "paper"),
    ("link", "surface"), ("link", "glow"), ("on-dusk", "dusk"), ("on-act", "act"), ("urgent", "urgent-tint"),
    ("urgent", "surface"), ("urgent", "paper"), ("good", "good-tint"), ("shut", "shut-tint"),
]  # fmt: skip
SHAPE_ON = [
    ("edge", "surface"), ("act", "surface"), ("act", "paper"), ("one", "surface"), ("two", "surface"), ("three", "surface"),
    ("four", "surface"), ("urgent", "surface"), ("lamp", "dusk"),
]  # fmt: skip


def palettes(sheet: Path) -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", sheet.read_text("utf-8"), re.DOTALL)[:2]
    tokens = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)) for block in (light, dark)]
    return {"light": tokens[0], "dark": tokens[0] | tokens[1]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colors_are_those_of_the_families_page_and_stand_out(scheme: str) -> None:
    ours, theirs = palettes(PORTAL / "portal.css")[scheme], palettes(WIDGET / "chat.css")[scheme]
    assert {name: color for name, color in ours.items() if theirs.get(name, color) != color} == {}
    weak = {pair: contrast(ours[pair[0]], ours[pair[1]]) for pair in TEXT_ON}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    weak = {pair: contrast(ours[pair[0]], ours[pair[1]]) for pair in SHAPE_ON}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


@pytest.mark.parametrize("template", sorted((PORTAL / "templates").iterdir()), ids=lambda path: path.name)
def test_pages_run_nothing_and_load_nothing_from_elsewhere(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=\"|\|\s*safe", text.replace("' | safe)", "')")), template.name
    assert set(re.findall(r"https?://([\w.-]+\.\w+)", text)) <= {"www.w3.org"}


@pytest.mark.parametrize("template", sorted((PORTAL / "templates").iterdir()), ids=lambda path: path.name)
def test_every_form_that_changes_something_carries_its_proof(template: Path) -> None:
    text = template.read_text("utf-8")
    forms = re.findall(r'<form method="post".*?</form>', text, re.DOTALL)
    assert all('name="proof" value="{{ proof }}"' in form for form in forms)
