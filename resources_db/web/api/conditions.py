"""What the tables themselves can say about the items of a list, as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Select, and_, cast, exists, func, inspect, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.compiler import SQLCompiler

from resources_db.hsds import Kind
from resources_db.models import (
    Attribute,
    Language,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
    ServiceNeed,
    Taxonomy,
    TaxonomyTerm,
)
from resources_db.models.service import SHOWN
from resources_db.search.words import fold
from resources_db.web.api.wanted import Wanted

IDS: dict[Kind, InstrumentedAttribute[str]] = {
    "service": Service.id,
    "service_at_location": ServiceAtLocation.id,
    "organization": Organization.id,
    "taxonomy": Taxonomy.id,
    "taxonomy_term": TaxonomyTerm.id,
}
# Where words are looked for. Not in anything that a confidential place keeps to itself: a hit would tell it.
_ORGANIZATION_TEXTS = (Organization.name, Organization.alternate_name, Organization.description)
_SERVICE_TEXTS = (Service.name, Service.alternate_name, Service.description, Service.eligibility_description)
_TAXONOMY_TEXTS = (Taxonomy.name, Taxonomy.description)
_TERM_TEXTS = (TaxonomyTerm.name, TaxonomyTerm.description, TaxonomyTerm.code)


def matching_ids(wanted: Wanted) -> Select[Any]:
    """The ids of the items, in no order."""
    query = select(IDS[wanted.kind])
    if wanted.kind == "service_at_location":
        query = query.join(Service, Service.id == ServiceAtLocation.service_id)
    return query.where(*conditions(wanted))


def conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """On the table of the kind and, for what is about services, on service."""
    look = _Look(by_row=bool(wanted.origins))
    yield from _search_conditions(wanted)
    if wanted.kind == "taxonomy_term":
        yield from _term_conditions(wanted)
        return
    if wanted.kind in ("service", "service_at_location"):
        yield from _service_conditions(wanted, look)
    if wanted.taxonomy_term_id is not None:
        yield look.is_tagged(wanted.kind, Attribute.taxonomy_term_id == wanted.taxonomy_term_id)
    if wanted.taxonomy_id is not None:
        terms = select(TaxonomyTerm.id).where(TaxonomyTerm.taxonomy_id == wanted.taxonomy_id)
        yield look.is_tagged(wanted.kind, Attribute.taxonomy_term_id.in_(terms))


def _search_conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """All words are in the item. Services that are shown have an index, which also knows translations and accents."""
    words = fold(wanted.search)
    everywhere = [_said(wanted.kind, word) for word in wanted.search.split()]
    if wanted.kind not in ("service", "service_at_location"):
        yield from everywhere
    elif words and set(wanted.statuses) <= set(SHOWN):
        yield _ListingHolds(words)
    elif words:
        yield or_(_ListingHolds(words), and_(Service.status.not_in(SHOWN), *everywhere))


def _term_conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.taxonomy_id is not None:
        yield TaxonomyTerm.taxonomy_id == wanted.taxonomy_id
    if wanted.parent_id is not None:
        yield TaxonomyTerm.parent_id == wanted.parent_id
    if wanted.top_only:
        yield TaxonomyTerm.parent_id.is_(None)


def _service_conditions(wanted: Wanted, look: _Look) -> Iterator[ColumnElement[bool]]:
    if wanted.statuses:
        yield Service.status.in_(wanted.statuses)
    if wanted.organization_id is not None:
        yield Service.organization_id == wanted.organization_id
    if wanted.modified_after is not None:
        yield Service.last_modified >= wanted.modified_after
    if wanted.need is not None:
        yield look.has(Service.id, ServiceNeed.service_id, ServiceNeed.code == wanted.need)
    if wanted.age is not None:
        yield from _fitting(wanted.age)
    if wanted.language is not None:
        yield look.is_spoken(wanted.kind, wanted.language)
    if wanted.eligibility is not None:
        terms = select(TaxonomyTerm.id).where(TaxonomyTerm.code == wanted.eligibility)
        yield look.is_tagged(wanted.kind, and_(Attribute.link_type == "eligibility", Attribute.taxonomy_term_id.in_(terms)))


def _fitting(age: float) -> Iterator[ColumnElement[bool]]:
    low, high = Service.minimum_age, Service.maximum_age
    # "up to 5" lasts until the sixth birthday, "up to 6 months" does not
    whole_years = and_(high >= 2, high == cast(high, Integer))
    yield or_(low.is_(None), low <= age)
    yield or_(high.is_(None), high >= age, and_(whole_years, high + 1 > age))


def _said(kind: Kind, word: str) -> ColumnElement[bool]:
    """Whether the word is in a text of the item."""
    if kind == "taxonomy":
        return _any_holds(word, *_TAXONOMY_TEXTS)
    if kind == "taxonomy_term":
        return _any_holds(word, *_TERM_TEXTS)
    if kind == "organization":
        return _any_holds(word, *_ORGANIZATION_TEXTS)
    run_by = select(Organization.id).where(_holds(Organization.name, word))
    return or_(_any_holds(word, *_SERVICE_TEXTS), Service.organization_id.in_(run_by))


class _ListingHolds(ColumnElement[bool]):
    """Whether a service is filed, in the index that families' searches use, under all of these words."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, words: Sequence[str]) -> None:
        self.on_sqlite = literal(" AND ".join(f'"{word}"' for word in words))
        self.on_postgresql = literal(" & ".join(f"'{word}'" for word in words))


@compiles(_ListingHolds, "sqlite")
def _on_sqlite(element: _ListingHolds, compiler: SQLCompiler, **more: Any) -> str:
    asked = compiler.process(element.on_sqlite, **more)
    return f"service.id IN (SELECT service_id FROM search_listing WHERE spot IN (SELECT rowid FROM search_words({asked})))"


@compiles(_ListingHolds, "postgresql")
def _on_postgresql(element: _ListingHolds, compiler: SQLCompiler, **more: Any) -> str:
    asked = compiler.process(element.on_postgresql, **more)
    spots = f"SELECT spot FROM search_text WHERE lexemes @@ CAST({asked} AS tsquery)"
    return f"service.id IN (SELECT service_id FROM search_listing WHERE spot IN ({spots}))"


def _any_holds(word: str, *texts: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return or_(*(_holds(text, word) for text in texts))


def _holds(text: InstrumentedAttribute[Any], word: str) -> ColumnElement[bool]:
    return text.icontains(word, autoescape=True)


@dataclass(frozen=True)
class _Look:
    """How to look for rows that hang on others.

    Row by row, after a few places were found; else once for all, because a whole country row by row takes long.
    """

    by_row: bool

    def has(self, owner: Any, key: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether there is a row whose `key` is `owner` and for which the conditions hold."""
        if self.by_row:
            return exists().where(key == owner, *conditions)
        is_among: ColumnElement[bool] = owner.in_(select(key).where(*conditions))
        return is_among

    def is_tagged(self, kind: Kind, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """Items with such an attribute: their own, their service's, or that of a place or a service of theirs."""
        if kind == "service_at_location":
            return or_(self._attribute(ServiceAtLocation, condition), self._attribute(Service, condition))
        if kind == "service":
            return self._service_is_tagged(Service, condition)
        run = aliased(Service)
        runs = self.has(Organization.id, run.organization_id, run.status.in_(SHOWN), self._service_is_tagged(run, condition))
        return or_(self._attribute(Organization, condition), runs)

    def _service_is_tagged(self, service: type[Service], condition: ColumnElement[bool]) -> ColumnElement[bool]:
        site = aliased(ServiceAtLocation)
        return or_(self._attribute(service, condition), self.has(service.id, site.service_id, self._attribute(site, condition)))

    def _attribute(self, owner: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        table = inspect(owner).mapper.class_.__tablename__
        return self.has(owner.id, Attribute.link_id, Attribute.link_entity == table, condition)

    def is_spoken(self, kind: Kind, code: str) -> ColumnElement[bool]:
        """Items where the language is spoken: in general, at the place, or by whoever answers the phone."""
        spoken = func.lower(Language.code) == code.lower()

        def heard(owner: Any, key: Any, phone_key: Any) -> Iterator[ColumnElement[bool]]:
            if key is not None:
                yield self.has(owner, key, spoken)
            yield self.has(owner, phone_key, Language.phone_id == Phone.id, Phone.contact_id.is_(None), spoken)

        def at(site: type[ServiceAtLocation]) -> ColumnElement[bool]:
            there = heard(site.location_id, Language.location_id, Phone.location_id)
            return or_(*there, *heard(site.id, None, Phone.service_at_location_id))

        in_general = heard(Service.id, Language.service_id, Phone.service_id)
        if kind == "service_at_location":
            return or_(*in_general, at(ServiceAtLocation))
        site = aliased(ServiceAtLocation)
        return or_(*in_general, self.has(Service.id, site.service_id, at(site)))
