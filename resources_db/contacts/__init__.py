"""What Homeward says by itself: each at a moment of its own, within the family's safe hours, once.

This is for whoever plans something; what is due is said by resources_db/contacts/saying.py, in the worker. Why it is so:
docs/decisions/0019-contacts.md.
"""

from resources_db.contacts.follow_ups import cancel_follow_ups, hours_of, plan_follow_up
from resources_db.contacts.speaker import Said, Speaker
from resources_db.contacts.windows import NoSafeHours, SafeHours, next_moment

__all__ = [
    "NoSafeHours",
    "SafeHours",
    "Said",
    "Speaker",
    "cancel_follow_ups",
    "hours_of",
    "next_moment",
    "plan_follow_up",
]
