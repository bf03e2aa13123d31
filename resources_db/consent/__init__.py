"""What a family agreed to, and how it takes that back; when a text may arrive. docs/decisions/0015-consent.md says why."""

from resources_db.consent.ledger import AFTER_STOP, CONFIRMATION, CRISIS, history, is_opted_out, opt_in, opt_out, opted_out_at
from resources_db.consent.quiet import allowed_until, next_allowed
from resources_db.consent.wishes import Wish, affirms, reserved_words, wish_of

__all__ = [
    "AFTER_STOP",
    "CONFIRMATION",
    "CRISIS",
    "Wish",
    "affirms",
    "allowed_until",
    "history",
    "is_opted_out",
    "next_allowed",
    "opt_in",
    "opt_out",
    "opted_out_at",
    "reserved_words",
    "wish_of",
]
