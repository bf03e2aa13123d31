"""What the carrier's error codes mean, for staff, and what follows from them."""

from __future__ import annotations

#: The number said STOP to the carrier.
OPTED_OUT = "21610"
#: After the carrier took a text: its trouble may be over a while later, so the text is sent once more. After any other
#: code, a text that arrives nowhere now will arrive nowhere then.
PASSING = frozenset({"30001", "30003", "30017", "30018", "30022"})
#: The carrier refuses a text with one of these for a reason that has nothing to do with the text: tried again later.
NOT_NOW = frozenset({"14107", "20003", "20005", "20404", "20429", "20500", "20503", "21611", "30001", "30002", "30022"})

# Ours, where the carrier has no say.
UNRESOLVED = "unresolved"
WRONG_KEY = "wrong_key"
TOO_LATE = "too_late"

_ASK = "look it up at www.twilio.com/docs/api/errors"
_NUMBER = "the number cannot get texts; drop it"
_SETTINGS = "check HOMEWARD_SMS_ACCOUNT_SID and HOMEWARD_SMS_AUTH_TOKEN, then retry"
_SENDER = "check HOMEWARD_SMS_FROM and the numbers of your sites, then retry"
_REGISTER = "register the number with the carrier, then retry"
_MEANINGS = {
    UNRESOLVED: ("nobody knows whether the carrier sent it", "look into its log: if it is not there, retry, else drop it"),
    WRONG_KEY: ("the phone number cannot be opened", "add the key it was sealed with to HOMEWARD_OLD_SECRET_KEYS, then retry"),
    TOO_LATE: ("it was of no use any more", "nothing"),
    "20003": ("the carrier does not accept our token", _SETTINGS),
    "20005": ("our account at the carrier is not active", "settle it with the carrier, then retry"),
    "20404": ("the carrier does not know our account", _SETTINGS),
    "20429": ("the carrier wanted us to slow down for very long", "retry"),
    "21211": ("this is not a phone number", _NUMBER),
    "21212": ("the number we send from is not one", _SENDER),
    "21214": ("the phone cannot be reached", _NUMBER),
    "21217": ("this is not a phone number", _NUMBER),
    "21408": ("texts to this country are switched off", "allow the country at the carrier and retry, or drop it"),
    "21603": ("the number we send from is missing", _SENDER),
    "21604": ("the number to send to is missing", "drop it"),
    "21606": ("we may not send from this number", _SENDER),
    "21608": ("a trial account may text only to numbers that were confirmed", "upgrade the account, then retry"),
    "21609": ("the carrier cannot reach us for its reports", "check HOMEWARD_PUBLIC_URL, then retry"),
    "21610": ("this phone said STOP", "nothing: it gets no texts until it says START"),
    "21611": ("too many texts of ours wait at the carrier", "retry in an hour"),
    "21612": ("no way leads from our number to this phone", "drop it; if it happens often, send from another number"),
    "21614": ("this number cannot get texts, it is likely a landline", _NUMBER),
    "21617": ("the text is too long", "drop it, and tell us: texts of ours should never be"),
    "21703": ("the messaging service has no number", "give it one at the carrier, then retry"),
    "30001": ("too many texts of ours waited at the carrier", "retry"),
    "30002": ("our account at the carrier is suspended", "settle it with the carrier, then retry"),
    "30003": ("the phone is off or out of reach", "retry tomorrow, or drop it"),
    "30004": ("the phone or its company blocks our texts", "drop it"),
    "30005": ("the number is unknown or no longer in use", _NUMBER),
    "30006": ("the number is a landline, or its company takes no texts", _NUMBER),
    "30007": ("the phone company took it for spam", "drop it; if it happens often, ask the carrier why"),
    "30008": ("the carrier cannot say why it did not arrive", "retry, or drop it"),
    "30017": ("the phone company's network was too busy", "retry"),
    "30018": ("the phone company had trouble", "retry"),
    "30022": ("we sent faster than our registration allows", "retry"),
    "30024": ("our number is not set up at the phone's company yet", _REGISTER),
    "30032": ("our toll-free number is not verified", _REGISTER),
    "30034": ("our number is not registered for texts to US phones", _REGISTER),
}  # fmt: skip


def explain(code: str | None) -> str:
    """What the code means and what to do, a sentence for staff."""
    means, do = _MEANINGS.get(code or "", (f"the carrier says {code or 'nothing'}", _ASK))
    return f"{means}: {do}"
