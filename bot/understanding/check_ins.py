"""Words with which a family governs its check-ins, alone in a message, and the code it was invited with. Neither is for a
trained model to guess: they mean one thing only, and what was asked before (actions/) may still mean another."""

from __future__ import annotations

import re

from bot.understanding.text import plain, words
from resources_db.check_ins.invites import code_in

_ORDERS = "pause|unpause|skip|change|resume|pausa|pausar|saltar|salta|cambiar|cambia|seguir|reanudar"
#: "PAUSE", "pausa por favor"; "pause 2 weeks", "pausa hasta el lunes".
_ORDER = re.compile(
    rf"(?:(?:{_ORDERS})(?: (?:please|pls|por favor|porfa))?"
    r"|(?:pause|pausa|pausar) (?:(?:for|por|until|till|til|hasta)(?: \w+){1,4}|(?:an?|one|two|three|una?|dos|tres|\d+) \w+))"
)
#: Said with whatever else is chosen at once: "check on me every 2 weeks after 5, only me, home since Friday, 73102".
_NAMED = re.compile(
    r"\b(?:check (?:up |in )?(?:on|with) (?:me|us)|checking (?:in )?(?:on|with) (?:me|us)|check ?ins"
    r"|pregunt(?:a|e|en)(?:me|nos) (?:como|cada)|pregunt(?:es|e|en) como (?:estoy|estamos|voy|vamos))\b"
)


def names_check_ins(text: str) -> bool:
    """Whether check-ins are asked for in so many words, with whatever else; a need in the same message is served first."""
    return _NAMED.search(" ".join(word for word in words(plain(text)) if word.isalnum())) is not None


def speaks_of_check_ins(text: str) -> bool:
    """Whether the message is one of these words, or holds an invite code."""
    return (
        _ORDER.fullmatch(" ".join(word for word in words(plain(text)) if word.isalnum())) is not None or code_in(text) is not None
    )
