"""An HSDS API as a source: its lists, page after page, in full."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from resources_db.errors import ImportUnreadable
from resources_db.exchange.reading.csv_rows import Unread
from resources_db.exchange.reading.json_items import Item
from resources_db.exchange.reading.limits import ANSWER_SECONDS, API_SECONDS, LARGEST_ANSWER
from resources_db.exchange.reading.source import Source

# Parents first. The services have the places in them, and the organizations those where there is no service.
_LISTS = ("taxonomies", "taxonomy_terms", "organizations", "services")
# What only the whole of a record has in it, and a line of a list does not.
_WHOLE = {
    "organizations": ("locations", "contacts", "phones", "programs", "funding", "organization_identifiers", "services"),
    "services": ("service_at_locations", "phones", "schedules", "languages", "contacts", "service_areas"),
    "service_at_locations": ("contacts", "phones", "schedules", "service_areas"),
}
_KNOWN = (*_LISTS, "service_at_locations")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PER_PAGE = 100
_MOST_TRIES = 4
_LONGEST_WAIT = 60.0


class ApiSource(Source):
    """The lists of the API at an address. In memory: one page of one of them. Everything is asked of that host only."""

    def __init__(self, address: str) -> None:
        try:
            parts = urlsplit(address)
        except ValueError:  # such as http://[::1
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ImportUnreadable(f"{address} is no address of an API", "give one that begins with http:// or https://")
        super().__init__(parts.netloc, {})
        path, _, last = parts.path.rstrip("/").rpartition("/")
        one = last if last in _KNOWN else None
        self._lists = (one,) if one else _LISTS
        self._base = f"{parts.scheme}://{parts.netloc}{path if one else parts.path.rstrip('/')}/"
        handlers: list[Any] = [_SameHost(parts.netloc)]
        if parts.hostname in _LOOPBACK:
            handlers.append(ProxyHandler({}))
        self._opener: OpenerDirector = build_opener(*handlers)
        self._deadline = time.monotonic() + API_SECONDS

    @property
    def paths(self) -> tuple[str, ...]:
        return self._lists

    def json_paths(self) -> tuple[str, ...]:
        return self._lists

    def items(self, path: str) -> Iterator[Item | Unread]:
        """The records of a list. Raises ImportUnreadable when the API cannot be read to the end."""
        number = 0
        for page in self._pages(path):
            wanted = _WHOLE.get(path, ())
            lines_only = bool(wanted) and not any(
                name in record for record in page if isinstance(record, dict) for name in wanted
            )
            for record in page:
                number += 1
                if lines_only and isinstance(record, dict) and record.get("id"):
                    record = self._get(f"{path}/{quote(str(record['id']), safe='')}") or record
                yield Item(path, number, record)

    def _pages(self, path: str) -> Iterator[list[Any]]:
        wanted: dict[str, Any] = {"per_page": _PER_PAGE, **({"full": "true"} if path in _WHOLE else {})}
        number, before, where = 1, None, {"page": "1"}
        while True:
            page = self._get(f"{path}?{urlencode({**wanted, **where})}")
            records = page.get("contents") if isinstance(page, dict) else page
            # A server without pages gives the same one again.
            if not isinstance(records, list) or not records or records == before:
                return
            yield records
            total = page.get("total_pages") if isinstance(page, dict) else None
            if not isinstance(page, dict) or page.get("last_page") is True or (isinstance(total, int) and number >= total):
                return
            number, before = number + 1, records
            # Homeward's own goes on from a record, so that nothing is missed when the list changes meanwhile.
            after = page.get("next")
            where = {"after": after} if isinstance(after, str) and "/" not in after else {"page": str(number)}

    def _get(self, path: str) -> Any:
        """What the API answers to a GET, parsed; None where it has no such thing."""
        address = urljoin(self._base, path)
        for tries in range(1, _MOST_TRIES + 1):
            if time.monotonic() > self._deadline:
                raise ImportUnreadable(f"{self._base} took longer than {API_SECONDS // 3600} hours", "ask for a dump of it")
            try:
                request = Request(address, headers={"Accept": "application/json", "User-Agent": "Homeward"})
                with self._opener.open(request, timeout=ANSWER_SECONDS) as answer:
                    return _parsed(address, answer)
            except HTTPError as error:
                if error.code in (404, 405, 501):
                    return None
                if error.code not in (429, 503) or tries == _MOST_TRIES:
                    reason = " ".join(str(error.reason).split())  # urllib's own can have several lines
                    raise ImportUnreadable(f"{address} answers {error.code} {reason}", "ask whoever runs it") from error
                time.sleep(_wait(error.headers.get("Retry-After"), tries))
            except (URLError, HTTPException, OSError, ValueError) as error:  # ValueError: sent on to no address
                said = getattr(error, "reason", error)
                fix = "check the address, and that the API is running"
                raise ImportUnreadable(f"{address} cannot be reached ({said})", fix) from error
        raise AssertionError("the last try returns or raises")


class _SameHost(HTTPRedirectHandler):
    """Follows where it is sent to, on the same host."""

    def __init__(self, netloc: str) -> None:
        self._netloc = netloc

    def redirect_request(
        self, request: Request, file: IO[bytes], code: int, message: str, headers: Message, address: str
    ) -> Request | None:
        if urlsplit(address).netloc != self._netloc:
            what = f"{request.full_url} sends on to {address}, on another host"
            raise ImportUnreadable(what, "give that address, if it is to be trusted")
        return super().redirect_request(request, file, code, message, headers, address)  # type: ignore[arg-type]


def _parsed(address: str, answer: IO[bytes]) -> Any:
    data = answer.read(LARGEST_ANSWER + 1)
    if len(data) > LARGEST_ANSWER:
        raise ImportUnreadable(f"{address} answers with more than {LARGEST_ANSWER:,} bytes", "ask for smaller pages")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImportUnreadable(f"{address} does not answer with JSON", "give the address of an HSDS API") from error


def _wait(retry_after: str | None, tries: int) -> float:
    seconds = float(retry_after) if retry_after and retry_after.isdigit() else 2.0**tries
    return min(seconds, _LONGEST_WAIT)
