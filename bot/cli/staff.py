"""`homeward staff`: who may sign in at /staff. The first account is made here; an admin makes the others in the browser."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources_db.models.staff_member import StaffMember

_ROLES = ("admin", "staff", "partner")


def add_to(commands: Any) -> None:
    parser = commands.add_parser("staff", help="who may sign in at /staff", description=__doc__)
    staff = parser.add_subparsers(dest="staff_command", metavar="COMMAND", required=True)
    add = staff.add_parser("add", help="a new account", description="A new account, with a one-time password to sign in with.")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--name", required=True, help="as families read it: Ana")
    add.add_argument(
        "--role", action="append", choices=_ROLES, default=None,
        help="admin (people, invites, program), staff (the inbox), partner (calls families); may be given again; default: admin",
    )  # fmt: skip
    add.add_argument("--site", help="the agency's site they work for (default: all)")
    add.set_defaults(run=run_add)
    reset = staff.add_parser(
        "reset", help="a new password",
        description="A new password for somebody who cannot sign in. They are signed out everywhere.",
    )  # fmt: skip
    reset.add_argument("email", metavar="EMAIL")
    reset.set_defaults(run=run_reset)
    for command in (add, reset):
        command.add_argument(
            "--ask", action="store_true", help="ask for the password here instead of printing a one-time password"
        )
    listing = staff.add_parser("list", help="show them", description="Show the accounts.")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=run_list)


def run_add(arguments: argparse.Namespace) -> int:
    from resources_db.people.staff import add_member

    def made(session: Any, now: Any) -> StaffMember:
        return add_member(
            session, email=arguments.email, name=arguments.name, roles=arguments.role or ["admin"], site=arguments.site, now=now
        )  # fmt: skip

    return _with_password(made, "was added", ask=arguments.ask)


def run_reset(arguments: argparse.Namespace) -> int:
    from resources_db.people.staff import StaffRefused, find_member

    def found(session: Any, _: Any) -> StaffMember:
        member = find_member(session, arguments.email)
        if member is None:
            raise StaffRefused(f"{arguments.email} has no account: homeward staff list shows them, homeward staff add makes one")
        return member

    return _with_password(found, "has a new password", ask=arguments.ask)


def run_list(arguments: argparse.Namespace) -> int:
    from resources_db.database import make_engine, session_scope
    from resources_db.migrations import upgrade
    from resources_db.people.staff import list_members
    from resources_db.settings import load_settings

    engine = make_engine(load_settings().database_url)
    upgrade(engine)
    with session_scope(engine, writes=False) as session:
        rows: list[dict[str, Any]] = [
            {"email": one.email, "name": one.name, "roles": one.roles, "site": one.site, "active": one.active,
             "can_sign_in": one.active and one.password_hash is not None} for one in list_members(session)
        ]  # fmt: skip
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        state = "" if row["can_sign_in"] else ", cannot sign in" if row["active"] else ", not active"
        print(f"{row['email']}: {row['name']}, {' and '.join(row['roles'])}, {row['site'] or 'all sites'}{state}")
    if not rows:
        print("Nobody has an account yet: homeward staff add EMAIL --name NAME makes the first.")
    return 0


def _with_password(member_from: Callable[[Any, Any], StaffMember], done: str, *, ask: bool) -> int:
    """Make or find the account and give it a password, in one transaction."""
    from datetime import datetime, timezone

    from resources_db.database import make_engine, session_scope
    from resources_db.migrations import upgrade
    from resources_db.people.staff import give_one_time_password, set_password
    from resources_db.settings import load_settings

    settings = load_settings()
    engine = make_engine(settings.database_url)
    upgrade(engine)
    # asked for before anything is locked: whoever types takes their time
    typed = _asked() if ask else None
    with session_scope(engine) as session:
        now = datetime.now(timezone.utc)
        member = member_from(session, now)
        email, password = member.email, None
        if typed is None:
            password = give_one_time_password(session, member, now)
        else:
            set_password(session, member, typed)
    print(f"{email} {done}. Sign in at {settings.public_url}/staff")
    if password:
        print(f"One-time password, good for 7 days: {password}")
        print("It is shown only now. At the first sign-in they choose their own.")
    return 0


def _asked() -> str:
    """A password typed twice, or one line of what is piped in. Raises StaffRefused."""
    from resources_db.people.staff import StaffRefused

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise StaffRefused("the two passwords are not the same: nothing was changed")
    return password
