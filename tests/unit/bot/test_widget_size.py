"""The page stays small, whole in both languages, and readable."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

WIDGET = Path(__file__).resolve().parents[3] / "bot" / "widget"
SHIPPED = sorted(path for path in WIDGET.iterdir() if path.suffix in {".html", ".js", ".css", ".json"})
BUDGET = 30 * 1024


def strings(language: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((WIDGET / f"strings.{language}.json").read_text("utf-8"))
    return loaded


def test_everything_a_phone_loads_fits_in_30_kilobytes() -> None:
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in SHIPPED}
    assert len(sizes) >= 5
    assert sum(sizes.values()) <= BUDGET, sizes


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    english, spanish = strings("en"), strings("es")
    assert english.keys() == spanish.keys()
    assert len(english["suggestions"]) == len(spanish["suggestions"])
    for key, sentence in english.items():
        if isinstance(sentence, str):
            assert sorted(re.findall(r"{\w+}", sentence)) == sorted(re.findall(r"{\w+}", spanish[key])), key
            assert spanish[key].strip(), key


def test_every_sentence_is_used_and_every_used_sentence_exists() -> None:
    code = "".join(path.read_text("utf-8") for path in SHIPPED if path.suffix in {".html", ".js"})
    used = set(re.findall(r"\b(?:strings|words)\.([a-z][a-z_]*)", code))
    by_name = {key for key in strings("en") if f'"{key}"' in code or key.startswith("by_")}
    by_state = {"open", "closed", "unknown"}
    assert used - strings("en").keys() == set()
    assert strings("en").keys() - used - by_name - by_state == set()


@pytest.mark.parametrize("asset", [path for path in SHIPPED if path.suffix != ".json"], ids=lambda path: path.name)
def test_the_page_needs_no_other_host_and_no_inline_code(asset: Path) -> None:
    text = asset.read_text("utf-8")
    links_followed_on_tap = {"www.google.com", "www.weather.gov", "www.w3.org"}
    assert set(re.findall(r"https?://([\w.-]+\.\w+)", text)) <= links_followed_on_tap
    assert not re.search(r"\sstyle=|\son\w+=\"|<style|innerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script


# ---- contrast of the color tokens --------------------------------------------------------------------------

TEXT_ON = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "glow"),
    ("ink", "urgent-tint"),
    ("soft", "paper"),
    ("soft", "surface"),
    ("soft", "glow"),
    ("link", "paper"),
    ("link", "surface"),
    ("link", "glow"),
    ("on-dusk", "dusk"),
    ("on-act", "act"),
    ("urgent", "urgent-tint"),
    ("on-urgent", "urgent"),
    ("good", "good-tint"),
    ("good", "surface"),
    ("shut", "shut-tint"),
    ("ask", "ask-tint"),
    ("ask", "surface"),
]
EDGE_ON = [("edge", "surface"), ("edge", "paper"), ("edge", "glow"), ("act", "surface"), ("act", "paper")]


def palettes() -> dict[str, dict[str, str]]:
    css = (WIDGET / "chat.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    tokens = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)) for block in (light, dark)]
    return {"light": tokens[0], "dark": tokens[0] | tokens[1]}


def luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(digit * 2 for digit in color[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_they_are_on(scheme: str) -> None:
    colors = palettes()[scheme]
    weak = {pair: round(contrast(colors[pair[0]], colors[pair[1]]), 2) for pair in TEXT_ON}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    weak = {pair: round(contrast(colors[pair[0]], colors[pair[1]]), 2) for pair in EDGE_ON}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}
