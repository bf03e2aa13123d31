"""What can only be told of a row beside the rows around it: points that cannot be right, and places that are hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import atan, degrees, exp, pi

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.exchange.grouping import hold, hold_what_depends, tell
from resources_db.exchange.hidden import telling
from resources_db.exchange.report import Notes
from resources_db.exchange.reviews import Review, decision
from resources_db.exchange.rules import POINT, REQUIRED
from resources_db.exchange.staging import COLUMNS, GOOD, NUMBER, Staged, Staging, as_key, rows_of
from resources_db.exchange.states import is_in_state
from resources_db.models import Location, MetadataEntry
from resources_db.quality.confidential import says_confidential

_MERCATOR_RADIUS = 6_378_137.0
_AT_ONCE = 500


def look_again(staging: Staging, notes: Notes, session: Session, source: str) -> list[Review]:
    """Mend or drop doubtful points, hold back what gives a hidden place away. Returns what a person has to look at."""
    _settle_points(staging, notes)
    reviews = _hold_undeclared(staging, notes, session, source)
    _conceal(staging, notes, session)
    hold_what_depends(staging, notes)
    return reviews


def _settle_points(staging: Staging, notes: Notes) -> None:
    points = "SELECT p.n, latitude, longitude FROM doubtful_point p JOIN draft d ON d.n = p.n WHERE d.state = ? ORDER BY p.n"
    for n, latitude, longitude in staging.db.execute(points, (GOOD,)).fetchall():
        row = staging.look_up(n)
        states = {str(address.values.get("state_province") or "") for address in _addresses(staging, n)}
        column = "latitude" if abs(latitude) > 90 or abs(longitude) <= 180 else "longitude"
        said = f"{latitude:g}, {longitude:g}"
        for what, point in _readings(latitude, longitude):
            if any(is_in_state(state, *point) for state in states):
                staging.set_value(n, latitude=point[0], longitude=point[1])
                why = f'"{said}" {what}; it was read as {point[0]:.6g}, {point[1]:.6g}, which is in the state of its address'
                tell(notes, row, column, why, "give degrees, latitude first")
                break
        else:
            if (latitude, longitude) == (0, 0):
                why, fix = f'"{said}" is in the sea off Africa', "give the place's own point, or leave both empty"
            elif abs(latitude) <= 90 and abs(longitude) <= 180:
                why, fix = f'"{said}" is in Antarctica', "check whether latitude and longitude are swapped"
            else:
                why, fix = f'"{said}" is not on the globe', "give degrees, not a map's metres, and latitude first"
            tell(notes, row, column, f"{why}; it was left out", fix)


def _readings(latitude: float, longitude: float) -> Iterator[tuple[str, tuple[float, float]]]:
    """What a point may have been meant to be."""
    yield "has latitude and longitude swapped", (longitude, latitude)
    for x, y in ((longitude, latitude), (latitude, longitude)):
        if max(abs(x), abs(y)) > 180 and abs(x) <= pi * _MERCATOR_RADIUS and abs(y) <= pi * _MERCATOR_RADIUS:
            point = degrees(2 * atan(exp(y / _MERCATOR_RADIUS)) - pi / 2), degrees(x / _MERCATOR_RADIUS)
            yield "is in metres of a web map (EPSG:3857)", (round(point[0], 7), round(point[1], 7))


def _hold_undeclared(staging: Staging, notes: Notes, session: Session, source: str) -> list[Review]:
    """Hold back public places that a listing calls confidential, until a person has looked."""
    reviews: list[Review] = []
    done: set[int] = set()
    secrets = staging.db.execute("SELECT s.n, words FROM secret s JOIN draft d ON d.n = s.n WHERE d.state = ?", (GOOD,))
    for n, words in secrets.fetchall():
        for place in _places_of(staging, staging.look_up(n)):
            if place in done:
                continue
            done.add(place)
            row = staging.look_up(place)
            if row.values.get("confidential") or not _is_public(staging, row) or _is_flagged(session, row.ref.id):
                continue
            review = Review(row.ref, row.source_id, "confidential", "false", "true", "confidential_words")
            decided = decision(session, source, review)
            if decided == "rejected":
                continue
            if decided == "accepted":
                staging.set_value(place, confidential=True)
                continue
            what = f'is not marked confidential, and its listing says "{words}"; a person has to look'
            fix = "mark the location confidential, or take its address away; if it is public, say so in the review"
            tell(notes, row, "confidential", what, fix, held_back=True)
            hold(staging, notes, row, f"confidential {what}")
            reviews.append(review)
    return reviews


def _places_of(staging: Staging, row: Staged) -> list[int]:
    """The locations in the source that a location, an address or a service is about."""
    if row.ref.table == "location":
        return [row.n]
    if row.ref.table == "address":
        query = "SELECT parent FROM reference WHERE child = ? AND field = 'location_id'"
    else:
        query = f"""
            SELECT l.parent FROM reference s JOIN draft d ON d.n = s.child JOIN reference l ON l.child = s.child
            WHERE s.parent = ? AND d.tbl = {NUMBER["service_at_location"]} AND l.field = 'location_id'
        """
    good = f"SELECT n FROM draft WHERE state = {GOOD} AND n IN ({query})"
    return [n for (n,) in staging.db.execute(good, (row.n,))]


def _is_public(staging: Staging, location: Staged) -> bool:
    if location.values.get("location_type") == "virtual":
        return False
    if location.values.get("latitude") is not None:
        return True
    streets = (str(address.values.get("address_1") or "") for address in _addresses(staging, location.n))
    return any(any(char.isdigit() for char in street) and not says_confidential(street) for street in streets)


def _addresses(staging: Staging, location: int) -> Iterable[Staged]:
    """The addresses in the source where a location is; where it gets its mail is not among them."""
    query = (
        f"SELECT {COLUMNS} FROM reference r JOIN draft d ON d.n = r.child"
        f" WHERE r.parent = ? AND d.tbl = {NUMBER['address']} AND d.state = {GOOD} ORDER BY d.n"
    )
    found = list(rows_of(staging.db, query, location))
    return [row for row in found if row.values.get("address_type") != "postal"]


def _is_flagged(session: Session, location_id: str) -> bool:
    return bool(session.scalar(select(Location.confidential).where(Location.id == location_id)))


def _conceal(staging: Staging, notes: Notes, session: Session) -> None:
    """Take what says where a confidential location is out of the rows."""
    flagged = f"""
        SELECT n FROM draft WHERE tbl = {NUMBER["location"]} AND state = {GOOD} AND json_extract(cells, '$.confidential')
    """
    for (n,) in staging.db.execute(flagged).fetchall():
        _conceal_staged(staging, notes, staging.look_up(n))
    last = ""
    page = select(Location.id).where(Location.confidential.is_(True)).order_by(Location.id).limit(_AT_ONCE)
    while some := list(session.scalars(page.where(Location.id > last))):
        last = some[-1]
        edited = select(MetadataEntry.resource_id).where(
            MetadataEntry.resource_id.in_(some),
            MetadataEntry.field_name == "confidential",
            MetadataEntry.last_action_type == "edit",
        )
        flagged_by_staff = set(session.scalars(edited))
        for id_ in some:
            _conceal_known(staging, notes, id_, certain=id_ in flagged_by_staff)


def _conceal_known(staging: Staging, notes: Notes, id_: str, *, certain: bool) -> None:
    """Of a location that the directory has as confidential. The source may say that it no longer is, staff's flag stays."""
    number, key = NUMBER["location"], as_key(id_)
    query = f"SELECT {COLUMNS} FROM draft d WHERE tbl = ? AND id = ? AND state = {GOOD}"
    row = next(rows_of(staging.db, query, number, key), None)
    if row and not certain and row.values.get("confidential") is False:
        return
    if row:
        _conceal_staged(staging, notes, row)
        return
    outside = "SELECT r.child FROM reference r JOIN outside o ON o.n = r.outside WHERE o.tbl = ? AND o.id = ?"
    for (child,) in staging.db.execute(outside, (number, key)).fetchall():
        _hold_if_it_tells(staging, notes, staging.look_up(child))


def _conceal_staged(staging: Staging, notes: Notes, row: Staged) -> None:
    _take_street_out_of_words(staging, notes, row)
    if row.values.get("latitude") is not None:
        what, fix = "its point was left out, because it is confidential", "remove the point from the source"
        tell(notes, row, "latitude", what, fix)
        staging.set_value(row.n, latitude=None, longitude=None)
    query = f"SELECT {COLUMNS} FROM reference r JOIN draft d ON d.n = r.child WHERE r.parent = ? AND d.state = {GOOD}"
    for child in list(rows_of(staging.db, query, row.n)):
        _hold_if_it_tells(staging, notes, child)


def _hold_if_it_tells(staging: Staging, notes: Notes, row: Staged) -> None:
    if row.ref.table == "address" or row.ref.table == "metadata" and row.values.get("field_name") in POINT:
        hold(staging, notes, row, "its location is confidential")


def _take_street_out_of_words(staging: Staging, notes: Notes, location: Staged) -> None:
    """A source that hides an address in one table may tell it in the description of another."""
    tells = telling(str(row.values.get("address_1") or "") for row in _addresses(staging, location.n))
    if tells is None:
        return
    for row in list(rows_of(staging.db, _AROUND, location.n)):
        for column, value in row.values.items():
            if not isinstance(value, str) or not tells.search(value):
                continue
            what, fix = "tells the street of a confidential place", "take the street out of the source"
            needed = column in REQUIRED.get(row.ref.table, ())
            tell(notes, row, column, what if needed else f"{what}; it was left out", fix, held_back=needed)
            if needed:
                hold(staging, notes, row, f"its {column} {what}")
                break
            staging.set_value(row.n, **{column: None})


# The services at a place and all organizations that have to do with it, and everything under those.
_AROUND = f"""
    WITH RECURSIVE head(n) AS (
        SELECT ?1
        UNION SELECT r.child FROM reference r WHERE r.parent = ?1 AND r.field = 'location_id'
        UNION SELECT r.parent FROM reference r JOIN head h ON h.n = r.child
            WHERE r.field IN ('organization_id', 'service_id') AND r.parent IS NOT NULL
    ),
    around(n) AS (SELECT n FROM head UNION SELECT r.child FROM reference r JOIN around a ON a.n = r.parent WHERE r.above)
    SELECT {COLUMNS} FROM around a JOIN draft d ON d.n = a.n
    WHERE d.state = {GOOD} AND d.tbl <> {NUMBER["address"]} ORDER BY d.n
"""
