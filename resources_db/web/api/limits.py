"""How much one client may ask for: a bucket of tokens that fills steadily, so that bursts are fine and floods are not."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address


@dataclass(frozen=True)
class Rate:
    """So many requests at once, and so many a second in the long run."""

    burst: float = 120.0
    per_second: float = 4.0


class Limits:
    """The buckets, by client. Kept in memory, the most recent clients only: whoever comes back after long has a full one."""

    _MOST_CLIENTS = 10_000

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, tokens: float = 1.0) -> int:
        """0 when the request may go on, else after how many seconds it may."""
        now = self._clock()
        left, at = self._buckets.pop(client, (self._rate.burst, now))
        left = min(self._rate.burst, left + (now - at) * self._rate.per_second)
        wait = max(0.0, (tokens - left) / self._rate.per_second)
        self._buckets[client] = (left if wait else left - tokens, now)
        if len(self._buckets) > self._MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return math.ceil(wait)

    def wait(self, client: str) -> int:
        """What `take` would answer; nothing is taken."""
        left, at = self._buckets.get(client, (1.0, 0.0))
        left = min(self._rate.burst, left + (self._clock() - at) * self._rate.per_second)
        return math.ceil(max(0.0, (1.0 - left) / self._rate.per_second))

    def __contains__(self, client: str) -> bool:
        """Whether it has taken something, and not so long ago that it is forgotten."""
        return client in self._buckets


def address_behind(remote: str | None, forwarded_for: str, proxies: int) -> str:
    """The address that the outermost of our own `proxies` saw, as it wrote it; "" when nobody knows.

    What a client itself writes into X-Forwarded-For is not believed: only the entries at its end, one for each proxy,
    are ours.
    """
    seen = [one.strip() for one in forwarded_for.split(",") if one.strip()]
    return seen[-proxies] if 0 < proxies <= len(seen) else remote or ""


def client_of(remote: str | None, forwarded_for: str, proxies: int) -> str:
    """Whose bucket it is: an address behind so many reverse proxies of ours; a network of 2^64 counts as one."""
    address = address_behind(remote, forwarded_for, proxies)
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> 64)
    return str(parsed)
