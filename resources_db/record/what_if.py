"""A parent's plan for bad days: three parts in the parent's own words, sealed, read by nobody but that family's chat."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete as delete_from
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from resources_db.models.family_record import WhatIfPart
from resources_db.record.threads import threads_of
from resources_db.sealing import Sealer

#: In the order in which they are asked and numbered.
PARTS = ("relapse", "childcare", "crisis")


def parts_of(session: Session, sealer: Sealer, conversation_id: str) -> Mapping[str, str]:
    """The parts that are there with their words, in the order of PARTS. Raises WrongKey."""
    query = select(WhatIfPart.part, WhatIfPart.text_sealed).where(WhatIfPart.conversation_id.in_(threads_of(conversation_id)))
    rows = session.execute(query.order_by(WhatIfPart.updated_at)).all()
    found = {part: sealer.open(sealed) for part, sealed in rows}
    return {part: found[part] for part in PARTS if part in found}


def has_plan(session: Session, conversation_id: str, part: str) -> bool:
    """Whether the family wrote this part of its plan."""
    this = WhatIfPart.conversation_id.in_(threads_of(conversation_id)), WhatIfPart.part == part
    return session.scalar(select(WhatIfPart.id).where(*this).limit(1)) is not None


def write(session: Session, sealer: Sealer, conversation_id: str, part: str, text: str, now: datetime) -> None:
    """Keep `text` as this part, in place of what was there."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    kept = {"text_sealed": sealer.seal(text), "updated_at": now}
    row = insert(WhatIfPart).values(id=str(uuid.uuid4()), conversation_id=conversation_id, part=part, **kept)
    session.execute(row.on_conflict_do_update(index_elements=[WhatIfPart.conversation_id, WhatIfPart.part], set_=kept))


def delete(session: Session, conversation_id: str, part: str | None = None) -> None:
    """Forget one part, or the whole plan."""
    rows = delete_from(WhatIfPart).where(WhatIfPart.conversation_id.in_(threads_of(conversation_id)))
    session.execute(rows if part is None else rows.where(WhatIfPart.part == part))
