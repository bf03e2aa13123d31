"""What families told of a listing lately: that they could not reach it, or that they got help there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

#: How long a report counts, in days after its own.
DOUBT_LASTS, HELP_LASTS = timedelta(days=60), timedelta(days=90)
#: From so many families on: one alone may have called at a bad moment; and of one or two that got help nothing is told that
#: could point to them.
DOUBTING, HELPED = 2, 3


@dataclass(frozen=True)
class Told:
    """Days, the newest first, one a family. `unreached` are those after which nobody got help and no person looked."""

    unreached: tuple[date, ...] = ()
    wrong_phone: tuple[date, ...] = ()
    helped: tuple[date, ...] = ()

    @property
    def doubted_until(self) -> int:
        """The ordinal of the last day on which it is doubtful: two families could not reach it, or one got the wrong number;
        0 where it is not."""
        families = sorted((*self.wrong_phone, *self.unreached), reverse=True)
        since = [*self.wrong_phone[:1], *families[DOUBTING - 1 : DOUBTING]]
        return (max(since) + DOUBT_LASTS).toordinal() if since else 0

    @property
    def helped_until(self) -> int:
        """The ordinal of the last day on which three families got help lately; 0 where there never were three."""
        since = self.helped[HELPED - 1 : HELPED]
        return (since[0] + HELP_LASTS).toordinal() if since else 0

    def could_not(self, today: date) -> int:
        """How many families could not reach it lately."""
        return sum(on + DOUBT_LASTS >= today for on in (*self.wrong_phone, *self.unreached))


def told_of(reports: Iterable[tuple[str, str, date]], looked: date | None) -> Told:
    """`reports` are (kind, family, day); `looked` is when a person last made sure of the listing: what was told until then is
    settled. Who got help reached it, whoever else did not before; the wrong number stays wrong."""
    days: dict[str, dict[str, date]] = {"wrong_phone": {}, "unreached": {}, "helped": {}}
    for kind, family, on in reports:
        days[kind][family] = on
    wrong, helped = days["wrong_phone"], days["helped"]
    settled = looked or date.min
    reached = max([settled, *helped.values()])
    return Told(
        unreached=_newest_first(on for family, on in days["unreached"].items() if on > reached and family not in wrong),
        wrong_phone=_newest_first(on for on in wrong.values() if on > settled),
        helped=_newest_first(helped.values()),
    )


def _newest_first(days: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted(days, reverse=True))
