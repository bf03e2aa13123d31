"""What became of an attempt to hand over an e-mail, in words that tell nothing of it; `outgoing_email.error` keeps the last."""

from __future__ import annotations

#: The server may have taken it and we did not hear so: it is sent again, under the same Message-ID.
UNSURE = "unsure"
#: We could not get to the server, or not past its door.
UNREACHABLE, NOT_LET_IN, NOT_SAFE = "unreachable", "not let in", "no safe connection"
#: It cannot be written as an e-mail.
UNFIT = "unfit"
#: Sealed with a key that is not here.
WRONG_KEY = "wrong key"
#: Tried for a day.
TOO_LATE = "too late"
