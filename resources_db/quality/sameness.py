"""Names, street addresses and web addresses, put so that two spellings of one thing come out alike."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from resources_db.geo.names import plain

_NOT_WORDS = re.compile(r"[^a-z0-9 ]+")
# Words that organizations put in and leave out at will.
_EMPTY_WORDS = frozenset("the a an of for and inc incorporated llc ltd co corp corporation company program programs services "
                         "el la los las de del para y".split())  # fmt: skip
# The postal service's short forms, with the longer ones that people write.
_STREET_WORDS = {
    "street": "st", "avenue": "ave", "av": "ave", "boulevard": "blvd", "road": "rd", "drive": "dr", "lane": "ln", "court": "ct",
    "place": "pl", "square": "sq", "highway": "hwy", "parkway": "pkwy", "terrace": "ter", "circle": "cir", "north": "n",
    "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th",
    "eighth": "8th", "ninth": "9th", "tenth": "10th",
}  # fmt: skip
_UNIT = re.compile(r"(?:,|\s)\s*(?:suite|ste|apt|unit|room|rm|floor|fl|#)\.?\s*#?\s*([\w-]+).*$", re.I)
# Sites that many organizations have a page on.
_SHARED_HOSTS = ("facebook.com", "instagram.com", "twitter.com", "x.com", "linktr.ee", "youtube.com", "google.com", "wixsite.com",
                 "wordpress.com", "eventbrite.com", "linkedin.com")  # fmt: skip


def folded(text: str) -> str:
    """Lower case without accents, apostrophes and signs."""
    return " ".join(_NOT_WORDS.sub(" ", plain(text).replace("&", " and ")).split())


def name_key(name: str) -> str:
    """A name without the words that are put in and left out at will; as it is when nothing else is left."""
    words = folded(name).split()
    return " ".join(word for word in words if word not in _EMPTY_WORDS) or " ".join(words)


def street_key(street: str) -> tuple[str, str]:
    """A street address as (house number and street in short forms, unit)."""
    unit = _UNIT.search(street)
    words = folded(_UNIT.sub("", street)).split()
    return " ".join(_STREET_WORDS.get(word, word) for word in words), folded(unit[1]) if unit else ""


def site_key(url: str) -> str | None:
    """The host of a web address; None for one that many unlike organizations share."""
    try:
        host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if "." not in host or any(host == shared or host.endswith("." + shared) for shared in _SHARED_HOSTS):
        return None
    return host
