"""The languages directories name, by ISO 639-1 code (639-3 where there is no shorter one)."""

from __future__ import annotations

import re

_NAMES = {
    "en": "english inglés",
    "es": "spanish español espanol castilian",
    "zh": "chinese mandarin cantonese taiwanese toisanese",
    "tl": "tagalog filipino pilipino",
    "vi": "vietnamese",
    "ko": "korean",
    "ja": "japanese",
    "ru": "russian",
    "ar": "arabic",
    "fr": "french",
    "ht": "haitian creole kreyol",
    "pt": "portuguese",
    "hy": "armenian",
    "fa": "farsi persian dari",
    "ps": "pashto",
    "uk": "ukrainian",
    "hi": "hindi",
    "pa": "punjabi panjabi",
    "ur": "urdu",
    "gu": "gujarati",
    "bn": "bengali bangla",
    "ta": "tamil",
    "te": "telugu",
    "km": "khmer cambodian",
    "lo": "lao laotian",
    "th": "thai",
    "hmn": "hmong",
    "my": "burmese",
    "ne": "nepali",
    "so": "somali",
    "am": "amharic",
    "ti": "tigrinya",
    "sw": "swahili",
    "it": "italian",
    "de": "german",
    "pl": "polish",
    "el": "greek",
    "he": "hebrew",
    "tr": "turkish",
    "sm": "samoan",
    "to": "tongan",
    "haw": "hawaiian",
    "ilo": "ilocano ilokano",
    "chk": "chuukese",
    "mh": "marshallese",
    "ceb": "cebuano visayan",
    "nv": "navajo",
    "ase": "asl",
}
_NOT_SPOKEN = {"no", "non", "not", "without", "sin"}
_BY_NAME = {name: code for code, names in _NAMES.items() for name in names.split()}
_BY_LONG_CODE = {
    "eng": "en", "spa": "es", "zho": "zh", "chi": "zh", "cmn": "zh", "yue": "zh", "tgl": "tl", "fil": "tl",
    "vie": "vi", "kor": "ko", "jpn": "ja", "rus": "ru", "ara": "ar", "fra": "fr", "fre": "fr", "hat": "ht",
    "por": "pt", "hye": "hy", "fas": "fa", "hin": "hi", "pan": "pa", "urd": "ur", "khm": "km", "ukr": "uk",
}  # fmt: skip


def language_code(text: str) -> str | None:
    """The code for a code or an English name: "spa", "Spanish" and "es-MX" are "es"; None when unknown."""
    text = text.strip().casefold()
    code = re.split(r"[-_]", text)[0]
    if code in _BY_LONG_CODE or code in _NAMES:
        return _BY_LONG_CODE.get(code, code)
    words = re.findall(r"\w+", text)
    if "sign language" in text:
        return "ase" if "american" in text else None
    if "creole" in words and len(words) > 1 and "haitian" not in words:
        return None  # of Cape Verde, of Louisiana: other languages
    if not _NOT_SPOKEN.isdisjoint(words):
        return None
    return next((_BY_NAME[word] for word in words if word in _BY_NAME), None)
