"""How badly the carrier behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Faults:
    """Chances from 0 to 1, and seconds. Of what it posts to us, some is `dropped`, some `duplicated`, some `delayed` (by up
    to `longest_delay`, others overtake it), some `reordered` (it comes after the next about the same phone or text).

    Of what it is asked, some begins a storm: for `storm` seconds every request is answered 429. Some is refused with 503
    before anything is done. Some texts are accepted and then nothing is heard: `cut` closes the connection at once,
    `silent` after `silence` seconds; `broken` answers 502 though it was accepted. `undelivered` gives error codes that
    come later, such as 30003, and their chances."""

    dropped: float = 0.0
    duplicated: float = 0.0
    delayed: float = 0.0
    longest_delay: float = 3.0
    reordered: float = 0.0
    storms: float = 0.0
    storm: float = 2.0
    refused: float = 0.0
    cut: float = 0.0
    silent: float = 0.0
    silence: float = 60.0
    broken: float = 0.0
    undelivered: Mapping[int, float] = field(default_factory=dict)
