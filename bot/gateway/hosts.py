"""Under which names this installation may be asked for.

A page of somebody else's can make a browser resolve its own name to an address on the reader's machine or network, and
then ask us as if it were our page. It cannot do so without sending its name as `Host`.
"""

from __future__ import annotations

import functools
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.gateway.errors import Handler, Problem
from resources_db.settings import Settings

#: The name, or the address, and perhaps a port.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]*)?")
_REFUSAL = "This address is not known here. Whoever runs this Homeward: set HOMEWARD_PUBLIC_URL to the address families use."


def only_known_hosts(settings: Settings) -> Middleware:
    """A middleware. Known are the public URL's name, addresses, and names without a dot (localhost, a container), which nobody
    on the internet can own. Where reverse proxies stand before us, the names are their business."""
    public = (urlsplit(settings.public_url).hostname or "").rstrip(".")

    @functools.lru_cache(maxsize=1024)
    def known(host: str) -> bool:
        given = _HOST.fullmatch(host)
        name = given[1].lower().rstrip(".") if given else ""
        return bool(name) and (name == public or "." not in name or name.endswith(".localhost") or _is_address(name))

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        # without Host comes HTTP/1.0 only, such as a health check: no browser
        host = request.headers.get("Host")
        # texts come signed, for the public URL; a browser cannot send one
        if settings.trusted_proxies or host is None or known(host) or request.path.startswith("/sms/"):
            return await handler(request)
        raise Problem(421, "unknown_host", _REFUSAL)

    return check


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
