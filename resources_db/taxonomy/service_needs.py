"""Keeping ``service_need`` true: the needs each service meets, from the terms put on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from resources_db.models import Attribute, ServiceAtLocation, ServiceNeed, Taxonomy, TaxonomyTerm
from resources_db.taxonomy.crosswalk import needs_for_term

# Terms that say how a service works or whom it takes, and so nothing about what it gives.
_NOT_ABOUT_NEEDS = (
    "access",
    "accreditation",
    "eligibility",
    "funding",
    "license",
    "payment",
)
_AT_ONCE = 500


def rebuild_service_needs(session: Session, service_ids: Iterable[str]) -> None:
    """Work the needs of these services out anew, in the caller's transaction."""
    ids = sorted(set(service_ids))
    for start in range(0, len(ids), _AT_ONCE):
        _rebuild(session, ids[start : start + _AT_ONCE])


def services_concerned(session: Session, rows: Iterable[tuple[str, str]]) -> set[str]:
    """The services whose needs may change when these rows, as (table, id), were changed."""
    ids: dict[str, set[str]] = defaultdict(set)
    for table, id_ in rows:
        ids[table].add(id_)
    terms = ids["taxonomy_term"]
    if ids["taxonomy"]:
        of_taxonomy = select(TaxonomyTerm.id).where(TaxonomyTerm.taxonomy_id.in_(ids["taxonomy"]))
        terms = terms | set(session.scalars(of_taxonomy))
    if terms:
        linked = select(Attribute.link_entity, Attribute.link_id).where(Attribute.taxonomy_term_id.in_(terms))
        for table, id_ in session.execute(linked):
            ids[table].add(id_)
    if ids["service_at_location"]:
        of_place = select(ServiceAtLocation.service_id).where(ServiceAtLocation.id.in_(ids["service_at_location"]))
        ids["service"].update(session.scalars(of_place))
    return ids["service"]


def _rebuild(session: Session, ids: list[str]) -> None:
    on_service = select(Attribute.link_id.label("service_id"), Attribute.taxonomy_term_id).where(
        Attribute.link_entity == "service", Attribute.link_id.in_(ids), _about_needs()
    )
    at_place = (
        select(ServiceAtLocation.service_id, Attribute.taxonomy_term_id)
        .join(Attribute, Attribute.link_id == ServiceAtLocation.id)
        .where(
            Attribute.link_entity == "service_at_location",
            ServiceAtLocation.service_id.in_(ids),
            _about_needs(),
        )
    )
    terms = on_service.union(at_place).subquery()
    found = session.execute(
        select(terms.c.service_id, Taxonomy.name, TaxonomyTerm.taxonomy, TaxonomyTerm.code, TaxonomyTerm.name)
        .join(TaxonomyTerm, TaxonomyTerm.id == terms.c.taxonomy_term_id)
        .outerjoin(Taxonomy, Taxonomy.id == TaxonomyTerm.taxonomy_id)
    )
    needs = {
        (service_id, need)
        for service_id, taxonomy, named, code, name in found
        for need in needs_for_term(taxonomy or named, code, name)
    }
    session.execute(delete(ServiceNeed).where(ServiceNeed.service_id.in_(ids)))
    if needs:
        session.execute(
            insert(ServiceNeed),
            [{"service_id": service_id, "code": need} for service_id, need in sorted(needs)],
        )


def _about_needs() -> ColumnElement[bool]:
    return Attribute.link_type.is_(None) | Attribute.link_type.not_in(_NOT_ABOUT_NEEDS)
