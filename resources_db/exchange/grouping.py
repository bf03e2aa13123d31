"""Which rows load together: an organization with everything under it, after the ones it leans on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from resources_db.exchange.record import LINKS, Record, Ref

# The first of these that a row has is what it stands under.
_ABOVE = (
    "organization_id",
    "service_id",
    "service_at_location_id",
    "location_id",
    "contact_id",
    "phone_id",
    *{link for _, link in LINKS.values()},
)
_TAXONOMIES = Ref("taxonomy", "all")


def in_groups(records: Mapping[Ref, Record]) -> Iterator[list[Record]]:
    """The records, each group after those that it refers to, and within a group parents first.

    Organizations that refer to each other in a circle, as when each has a service at the other's place,
    are one group. Rows that are their own ancestors come in no particular order.
    """
    homes = _homes(records)
    groups: dict[Ref, list[Record]] = defaultdict(list)
    group_of = {ref: _root(record, records, homes) for ref, record in records.items()}
    for ref, record in records.items():
        groups[group_of[ref]].append(record)
    leans_on: dict[Ref, set[Ref]] = {}
    for root, members in groups.items():
        others = {group_of[parent] for row in members for parent in row.parents.values() if parent in group_of}
        leans_on[root] = others - {root}
    for roots in _in_order(leans_on):
        yield _parents_first([row for root in roots for row in groups[root]])


def _homes(records: Mapping[Ref, Record]) -> dict[Ref, Ref]:
    """The services at places that name no organization: such a place loads with the first of them."""
    homes: dict[Ref, Ref] = {}
    for record in records.values():
        if record.ref.table == "service_at_location" and {"service_id", "location_id"} <= record.parents.keys():
            homes.setdefault(record.parents["location_id"], record.parents["service_id"])
    return homes


def _root(record: Record, records: Mapping[Ref, Record], homes: Mapping[Ref, Ref]) -> Ref:
    if record.ref.table in ("taxonomy", "taxonomy_term"):
        return _TAXONOMIES
    while True:
        above = next((record.parents[name] for name in _ABOVE if name in record.parents), None)
        if above is None and record.ref.table == "location":
            above = homes.get(record.ref)
        if above is None:
            return record.ref
        if above not in records:
            return above
        record = records[above]


def _in_order(leans_on: Mapping[Ref, set[Ref]]) -> Iterator[list[Ref]]:
    """Roots after those they lean on; the ones that lean on each other in a circle together."""
    merged = {root: root for root in leans_on}
    while True:
        graph: dict[Ref, set[Ref]] = defaultdict(set)
        for root, others in leans_on.items():
            graph[merged[root]] |= {merged[other] for other in others} - {merged[root]}
        try:
            order = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = set(error.args[1])
            first = error.args[1][0]
            merged = {root: first if now in circle else now for root, now in merged.items()}
            continue
        together: dict[Ref, list[Ref]] = defaultdict(list)
        for root, now in merged.items():
            together[now].append(root)
        yield from (together[now] for now in order)
        return


def _parents_first(group: list[Record]) -> list[Record]:
    by_ref = {record.ref: record for record in group}
    graph = {record.ref: [parent for parent in record.parents.values() if parent in by_ref] for record in group}
    try:
        return [by_ref[ref] for ref in TopologicalSorter(graph).static_order()]
    except CycleError:
        return group
