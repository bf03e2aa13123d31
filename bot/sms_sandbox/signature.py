"""How the carrier signs what it sends to us, written from its documentation (Twilio, "Webhooks Security").

X-Twilio-Signature is HMAC-SHA1 under the account's token, in base64, of the whole URL followed by every form field's name
and value in the order of the names. Other bodies are named by their SHA-256 in the URL's query, and the URL alone is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

HEADER = "X-Twilio-Signature"


def sign(token: str, url: str, form: Iterable[tuple[str, str]] = ()) -> str:
    """The signature of a form posted to `url`, or of a URL alone."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def with_body_hash(url: str, body: bytes) -> str:
    """The URL to which a body that is no form is posted."""
    return f"{url}{'&' if urlsplit(url).query else '?'}bodySHA256={hashlib.sha256(body).hexdigest()}"
