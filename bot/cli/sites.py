"""`homeward sites`: agencies' own Homewards here, their numbers for texts, and how long they keep what families say."""

from __future__ import annotations

import argparse
import dataclasses
import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources_db.settings import Settings
    from resources_db.sites import Site

_DEFAULT = "default"
_EPILOG = f"""\
Adding a site again changes what is given and leaves the rest; "{_DEFAULT}" as a value goes back to the installation's.
A page names its site as it is named here; texts belong to the site whose number was texted."""


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "sites", help="agencies' own sites: their numbers and how long they keep things", description=__doc__
    )
    sites = parser.add_subparsers(dest="sites_command", metavar="COMMAND", required=True)
    add = sites.add_parser(
        "add",
        help="set up a site, or change one",
        description="Set up a site, or change one.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add.add_argument("name", metavar="NAME", help="a short name, such as oakland-center")
    add.add_argument("--sms-from", metavar="NUMBER", help="its own number for texts (+19165550100), or messaging service (MG…)")
    add.add_argument("--web-hours", metavar="N", type=_number, help="hours that a web chat is kept after its start")
    add.add_argument("--sms-days", metavar="N", type=_number, help="days that texts are kept after the last one")
    add.add_argument("--segments-a-day", metavar="N", type=_number, help="the most segments of texts to send for it in a day")
    add.set_defaults(run=run_add)
    listing = sites.add_parser("list", help="show them", description="Show the sites that were set up.")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=run_list)


def run_add(arguments: argparse.Namespace) -> int:
    from resources_db.database import make_engine, session_scope
    from resources_db.migrations import upgrade
    from resources_db.settings import load_settings
    from resources_db.sites import add_site

    settings = load_settings()
    given = {field: getattr(arguments, field) for field in ("sms_from", "web_hours", "sms_days", "segments_a_day")}
    changes = {field: None if value == _DEFAULT else value for field, value in given.items() if value is not None}
    engine = make_engine(settings.database_url)
    upgrade(engine)
    with session_scope(engine) as session:
        site, outcome = add_site(session, arguments.name, changes, datetime.now(timezone.utc))
    as_it_is = {
        "added": "was added",
        "changed": "was there already and was changed",
        "unchanged": "is there already, just like this",
    }
    print(f'Site "{site.name}" {as_it_is[outcome]}: {_describe(settings, site)}.')
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    from resources_db.database import make_engine, session_scope
    from resources_db.migrations import upgrade
    from resources_db.settings import load_settings
    from resources_db.sites import list_sites

    settings = load_settings()
    engine = make_engine(settings.database_url)
    upgrade(engine)
    with session_scope(engine, writes=False) as session:
        sites = list_sites(session)
    if arguments.json:
        print(json.dumps([dataclasses.asdict(site) for site in sites], ensure_ascii=False))
        return 0
    for site in sites:
        print(f"{site.name}: {_describe(settings, site)}")
    if not sites:
        print("No site was set up: everybody is served as the installation's settings say.")
    return 0


def _describe(settings: Settings, site: Site) -> str:
    from resources_db.sites import number_of, retention_of

    kept, number = retention_of(settings, site), number_of(settings, site)
    texts = f"texts from {number}" if number else "texts are not set up here"
    if site.sms_from and not number:
        texts = f"texts from {site.sms_from} once they are set up here"
    most = f"at most {site.segments_a_day:,} segments a day" if site.segments_a_day else "segments a day as the installation"
    hours, days = int(kept.web.total_seconds() // 3600), kept.sms.days
    return f"{texts}, {most}; web chats are kept {hours} h, texts {days} days"


def _number(value: str) -> int | str:
    if value == _DEFAULT:
        return value
    if not value.isdecimal():
        raise argparse.ArgumentTypeError(f'"{value}": give a whole number, or "{_DEFAULT}"')
    return int(value)
