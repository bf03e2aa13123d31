"""All parts of understanding in their order, without Rasa, from a model that `rasa train` made.

The Rasa components of `bot.nlu` run the same parts; `tests/conversations` holds the two against each other.
"""

from __future__ import annotations

import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.safety.screen import load_screen
from bot.safety.second_opinion import CrisisReader, SecondOpinion
from bot.understanding.acts import ActReader, Seen, decide, needs_that_count
from bot.understanding.choices import find_choice, find_wanted_language
from bot.understanding.language import LanguageDetector
from bot.understanding.needs import NeedsReader
from bot.understanding.people import find_people
from bot.understanding.places import PlaceFinder
from bot.understanding.reading import Reading
from bot.understanding.text import clean
from bot.understanding.times import find_when
from resources_db.geo.gazetteer import Gazetteer


class ModelUnusable(Exception):
    """There is no trained model, or it was made by an older version; `make train` makes one."""


@dataclass(frozen=True)
class Understanding:
    """Reads one message at a time; safe to share, nothing is remembered between messages."""

    crisis: CrisisReader
    language: LanguageDetector
    needs: NeedsReader
    places: PlaceFinder
    acts: ActReader

    @classmethod
    def from_model(cls, archive: Path, gazetteer: Gazetteer) -> Understanding:
        """Unpack the trained parts out of Rasa's model archive. Raises ModelUnusable."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                with tarfile.open(archive) as tar:
                    tar.extractall(folder, members=[member for member in tar.getmembers() if _is_component(member.name)])
                parts = {path.name: path for path in Path(folder, "components").iterdir()}
                return cls(
                    crisis=CrisisReader(load_screen(), SecondOpinion.load(_part(parts, "CrisisScreen"))),
                    language=LanguageDetector.load(_part(parts, "LanguageComponent")),
                    needs=NeedsReader.load(_part(parts, "NeedsComponent")),
                    places=PlaceFinder(gazetteer),
                    acts=ActReader.load(_part(parts, "ActsComponent")),
                )
            except (OSError, tarfile.TarError, KeyError, ValueError) as error:
                raise ModelUnusable(f"no usable model at {archive}: run `make train`") from error

    def read(self, text: str, default_language: str | None = None) -> Reading:
        """Understand one message; never raises for any text. `default_language` is that of the conversation so far."""
        cleaned = clean(text)
        signal = self.crisis.check(text)
        language = self.language.detect(cleaned, default_language)
        needs = self.needs.read(cleaned)
        place = self.places.find(cleaned, language.code)
        choice, wanted_language = find_choice(cleaned), find_wanted_language(cleaned)
        seen = Seen(needs, signal is not None, place.text if place else None, choice, wanted_language)
        intent, confidence = decide(self.acts.rank(cleaned), cleaned, seen)
        needs = needs_that_count(needs, intent)
        return Reading(
            text=text, language=wanted_language or language.code, language_sure=language.sure, intent=intent,
            confidence=confidence, needs=needs.wanted, refused_needs=needs.refused, crisis=signal.category if signal else None,
            place=place, people=find_people(cleaned), when=find_when(cleaned), choice=choice, wanted_language=wanted_language,
            maybe_needs=needs.maybe,
        )  # fmt: skip


def _is_component(name: str) -> bool:
    return name.removeprefix("./").startswith("components/") and ".." not in name


def _part(parts: dict[str, Path], name: str) -> Path:
    return next((path for key, path in parts.items() if name in key), Path(name))
