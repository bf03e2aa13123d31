"""What an installation is told through its environment, read once and typed."""

from __future__ import annotations

import difflib
import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from resources_db.errors import SettingsError

PREFIX = "HOMEWARD_"
GEOCODERS = ("offline", "nominatim", "census", "arcgis", "pelias")

_HERE = ("localhost", "127.0.0.1", "::1")

VARIABLES = tuple(
    PREFIX + name
    for name in (
        "VAR",
        "DATABASE_URL",
        "PORT",
        "PUBLIC_URL",
        "GEOCODER",
        "RASA_PORT",
        "ACTIONS_PORT",
        "SECRET_KEY",
        "OLD_SECRET_KEYS",
        "TRUSTED_PROXIES",
        "SMS_ACCOUNT_SID",
        "SMS_AUTH_TOKEN",
        "SMS_OLD_AUTH_TOKEN",
        "SMS_FROM",
        "SMS_API_BASE",
        "SMS_SEGMENTS_A_DAY",
        "SMTP_HOST",
        "SMTP_PORT",
        "SMTP_USER",
        "SMTP_PASSWORD",
        "SMTP_FROM",
        "SMTP_SECURITY",
        "RETENTION_WEB_HOURS",
        "RETENTION_SMS_DAYS",
    )
)

#: Their values are never shown.
_SECRETS = ("SECRET_KEY", "OLD_SECRET_KEYS", "DATABASE_URL", "SMS_AUTH_TOKEN", "SMS_OLD_AUTH_TOKEN", "SMTP_PASSWORD")
_TWILIO = "https://api.twilio.com"

T = TypeVar("T")


@dataclass(frozen=True)
class Carrier:
    """How to reach the company that carries our texts. Either token may have signed what it sends us, so that tokens can
    be changed without losing a text; ``auth_token`` is the one we send with."""

    account_sid: str
    auth_token: str = field(repr=False)
    old_auth_token: str | None = field(repr=False)
    sms_from: str
    api_base: str


@dataclass(frozen=True)
class MailServer:
    """How to hand over e-mail. `security` is "starttls" (the default), "tls" from the first byte, or "none", which is for a
    server on this machine only."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    security: str


@dataclass(frozen=True)
class Settings:
    """``var_dir`` is absolute; ``rasa_port`` and ``actions_port`` are 0 when any free port will do.

    ``trusted_proxies`` is how many reverse proxies of the agency's own stand before the gateway.
    """

    var_dir: Path
    database_url: str = field(repr=False)
    port: int
    public_url: str
    geocoder: str
    rasa_port: int
    actions_port: int
    given_secret_key: str | None = field(repr=False)
    trusted_proxies: int = 0
    #: Keys that sealed what is not sealed anew yet.
    old_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    #: None where texts are not set up.
    carrier: Carrier | None = None
    sms_segments_a_day: int = 5000
    #: None where e-mail is not set up.
    mail_server: MailServer | None = None
    retention_web_hours: int = 24
    retention_sms_days: int = 30

    @property
    def gazetteer_path(self) -> Path:
        """The list of places, built once from the packages that carry them."""
        return self.var_dir / "gazetteer.sqlite"

    def secret_key(self) -> str:
        """The installation's key: the one given, else the one in ``var/secret_key``, made the first time."""
        return self.given_secret_key or _kept_secret(self.var_dir / "secret_key")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``environ`` (the process's own by default).

    Raises SettingsError with every problem found; `unknown_settings` tells of variables that nothing reads.
    """
    reader = _Reader(os.environ if environ is None else environ)
    var_dir = reader.get("VAR", Path("var"), Path).expanduser().absolute()
    port = reader.get("PORT", 8080, _port)
    settings = Settings(
        var_dir=var_dir,
        database_url=reader.get("DATABASE_URL", f"sqlite:///{var_dir / 'homeward.db'}", _database_url),
        port=port,
        public_url=reader.get("PUBLIC_URL", f"http://localhost:{port}", _public_url),
        geocoder=reader.get("GEOCODER", "offline", _geocoder),
        rasa_port=reader.get("RASA_PORT", 0, _port_or_any),
        actions_port=reader.get("ACTIONS_PORT", 0, _port_or_any),
        given_secret_key=reader.get("SECRET_KEY", None, _secret_key),
        trusted_proxies=reader.get("TRUSTED_PROXIES", 0, _proxies),
        old_secret_keys=reader.get("OLD_SECRET_KEYS", (), _secret_keys),
        carrier=_carrier(reader),
        sms_segments_a_day=reader.get("SMS_SEGMENTS_A_DAY", 5000, _whole_number),
        mail_server=_mail_server(reader),
        retention_web_hours=reader.get("RETENTION_WEB_HOURS", 24, _whole_number),
        retention_sms_days=reader.get("RETENTION_SMS_DAYS", 30, _whole_number),
    )
    if settings.geocoder == "nominatim" and urlsplit(settings.public_url).hostname in _HERE:
        # Its usage policy asks for a way to reach whoever asks, and blocks who gives none.
        advice = "nominatim's public server has to know who asks: give the address families use, or a server of your own"
        reader.add_problem("PUBLIC_URL", settings.public_url, advice)
    reader.finish()
    return settings


def unknown_settings(environ: Mapping[str, str] | None = None) -> list[str]:
    """A sentence for each HOMEWARD_ variable that nothing reads: most likely a slip of the pen, never a reason to stop."""
    given = os.environ if environ is None else environ
    sentences = []
    for variable in sorted(name for name in given if name.startswith(PREFIX) and name not in VARIABLES):
        near = difflib.get_close_matches(variable, VARIABLES, n=1, cutoff=0.75)
        advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(VARIABLES)}"
        sentences.append(f"{variable} is not a setting: {advice}")
    return sentences


class _Reader:
    """Reads variables one by one and keeps what is wrong with them. An empty variable counts as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._given = {name: value.strip() for name, value in environ.items() if name.startswith(PREFIX)}
        self._problems: list[str] = []

    def given(self, name: str) -> bool:
        return bool(self._given.get(PREFIX + name))

    def get(self, name: str, default: T, parse: Callable[[str], T]) -> T:
        variable = PREFIX + name
        value = self._given.get(variable)
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            # A secret's value, or a database's address with its password, must not reach a log.
            shown = "unusable" if name in _SECRETS else f'"{value}"'
            self._problems.append(f"{variable} is {shown}: {error}")
            return default

    def add_problem(self, name: str, value: str, advice: str) -> None:
        """Something wrong with a value because of another."""
        self._problems.append(f'{PREFIX}{name} is "{value}": {advice}')

    def add_missing(self, name: str, advice: str) -> None:
        """Not set, though another variable needs it."""
        self._problems.append(f"{PREFIX}{name} is not set: {advice}")

    def finish(self) -> None:
        if self._problems:
            raise SettingsError(self._problems)


def _carrier(reader: _Reader) -> Carrier | None:
    """Three variables turn texts on; one or two of them are a slip."""
    account_sid = reader.get("SMS_ACCOUNT_SID", "", _account_sid)
    auth_token = reader.get("SMS_AUTH_TOKEN", "", str)
    sms_from = reader.get("SMS_FROM", "", sms_number)
    api_base = reader.get("SMS_API_BASE", _TWILIO, _public_url)
    old_auth_token = reader.get("SMS_OLD_AUTH_TOKEN", None, str)
    given = {"SMS_ACCOUNT_SID": account_sid, "SMS_AUTH_TOKEN": auth_token, "SMS_FROM": sms_from}
    if not any(reader.given(name) for name in given):
        return None
    for name in given:
        if not reader.given(name):
            reader.add_missing(name, "texting needs HOMEWARD_SMS_ACCOUNT_SID, HOMEWARD_SMS_AUTH_TOKEN and HOMEWARD_SMS_FROM")
    return Carrier(account_sid, auth_token, old_auth_token, sms_from, api_base)


def _mail_server(reader: _Reader) -> MailServer | None:
    """A host and a sender turn e-mail on."""
    security = reader.get("SMTP_SECURITY", "starttls", _security)
    host, sender = reader.get("SMTP_HOST", "", str), reader.get("SMTP_FROM", "", _email)
    port = reader.get("SMTP_PORT", {"tls": 465, "starttls": 587}.get(security, 25), _port)
    user, password = reader.get("SMTP_USER", None, str), reader.get("SMTP_PASSWORD", None, str)
    if not reader.given("SMTP_HOST") and not reader.given("SMTP_FROM"):
        return None
    for name in ("SMTP_HOST", "SMTP_FROM"):
        if not reader.given(name):
            reader.add_missing(name, "e-mail needs HOMEWARD_SMTP_HOST and HOMEWARD_SMTP_FROM")
    if host and security == "none" and host not in _HERE:
        reader.add_problem("SMTP_SECURITY", security, "families' requests would be readable on the way; use starttls or tls")
    return MailServer(host, port, user, password, sender, security)


def _security(value: str) -> str:
    if value.lower() not in ("starttls", "tls", "none"):
        raise ValueError("give starttls, tls, or none for a server on this machine")
    return value.lower()


def _email(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+", value):
        raise ValueError("give an address such as homeward@help.example.org")
    return value


def sms_number(value: str) -> str:
    """A number of ours, or a messaging service, as the carrier writes it. Raises ValueError."""
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}|MG[0-9a-fA-F]{32}", value):
        raise ValueError("give a number such as +19165550100, or the id of a messaging service (MG and 32 signs)")
    return value


def _account_sid(value: str) -> str:
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", value):
        raise ValueError("give the account's id: AC and 32 signs, from 0 to 9 and a to f")
    return value


def _secret_keys(value: str) -> tuple[str, ...]:
    return tuple(_secret_key(key.strip()) for key in value.split(",") if key.strip())


def _whole_number(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 1_000_000:
        raise ValueError("give a whole number from 1 on")
    return int(value)


def _port(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise ValueError("give a number from 1 to 65535")
    return int(value)


def _port_or_any(value: str) -> int:
    return 0 if value == "0" else _port(value)


def _proxies(value: str) -> int:
    if not value.isdecimal() or int(value) > 9:
        raise ValueError("give how many reverse proxies of your own stand before Homeward: 0, or mostly 1")
    return int(value)


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("give the address families use, such as https://help.example.org")
    return value.rstrip("/")


def _geocoder(value: str) -> str:
    name, _, server = value.partition(":")
    unusable = server and urlsplit(server).scheme not in ("http", "https") or name.lower() == "pelias" and not server
    if name.lower() not in GEOCODERS or unusable:
        raise ValueError(f"give one of {', '.join(GEOCODERS)}, with a server of your own as in pelias:https://geo.example.org")
    return name.lower() + (f":{server}" if server else "")


def _secret_key(value: str) -> str:
    if len(value) < 32:
        raise ValueError("give at least 32 random characters, or leave it out and one is made")
    return value


def _database_url(value: str) -> str:
    value = value.replace("postgres://", "postgresql://", 1) if value.startswith("postgres://") else value
    try:
        backend = make_url(value).get_backend_name()
    except (ArgumentError, ValueError):
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise ValueError("give sqlite:////path/to/file.db or postgresql://user:password@host/name")
    return value


def _kept_secret(path: Path) -> str:
    """Read the key, or make it so that of several processes starting at once all end up with the same one."""
    with suppress(FileNotFoundError):
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    try:
        # A link fails where a rename would overwrite: the first process wins, whole file or none.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_text().strip()
