"""What the numbers in the search tables mean.

Raise LAYOUT when any of it changes: the tables are then made anew at the next start.
"""

from __future__ import annotations

from hashlib import blake2b

LAYOUT = 2

#: A need's number in `search_place.need` is its place here, from 1; 0 is any need. In `needs` it is that bit.
NEEDS = (
    "food", "shelter", "housing", "financial", "goods", "health", "mental_health", "treatment", "childcare", "respite",
    "parenting", "family_resource_center", "peer_support", "legal", "visitation", "transport", "jobs", "education",
    "benefits", "domestic_violence", "id_documents", "other",
)  # fmt: skip
NEED_NUMBER = {code: number for number, code in enumerate(NEEDS, 1)}
ANY_NEED = 0

#: Languages with a bit of their own; all others share the highest.
LANGUAGES = (
    "en", "es", "zh", "vi", "tl", "ko", "ru", "ar", "fr", "ht", "pt", "hi", "pa", "fa", "ja", "hy", "uk", "pl", "so", "am",
    "my", "ne", "sw", "km", "lo", "hmn", "ilo", "sm", "haw", "ase", "sgn", "ur", "bn", "gu", "te", "it", "de",
)  # fmt: skip
_LANGUAGE_BIT = {code: 1 << number for number, code in enumerate(LANGUAGES)}
OTHER_LANGUAGE_BIT = 1 << 62

ACTIVE = 1
REMOTE = 2
CONFIDENTIAL = 4
# Nothing is known of its hours, whenever one asks.
HOURS_UNKNOWN = 8
# For women, men, pregnant people or teens.
ONLY_FOR_SOME = 16
# The family has to say whether it fits, even when the ages do.
ASK = 32
# It serves certain ZIP codes, and that is all that is said.
ZIPS_ONLY = 64

#: What `end_age` is where nobody is too old.
NO_END = 1000.0

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SLOTS_A_DAY = 48
SLOT_MINUTES = 30
WHOLE_DAY = (1 << SLOTS_A_DAY) - 1


def language_bit(code: str) -> int:
    """0 where none is asked for."""
    if not code:
        return 0
    return _LANGUAGE_BIT.get(code, OTHER_LANGUAGE_BIT)


def number_of(text: str) -> int:
    """A positive number of 63 bits made from the text: two texts sharing one is not to be expected (1 in 10^7 at a
    million texts)."""
    return (int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1) or 1
