"""`studio people`: who may come in. Whoever can run this on the studio's machine is its admin."""

import click
from sqlalchemy.orm import Session

from studio.cli import listing
from studio.db import session as db
from studio.domain.vocabulary import Role
from studio.queries import people as read
from studio.services import accounts
from studio.services import people as verbs
from studio.settings import settings

ROLES = click.Choice([role.value for role in Role])


@click.group
def people() -> None:
    """List people, add them, give them a role or a password, let them go."""


@people.command("list")
@listing.as_json
def list_(as_json: bool) -> None:
    """List everybody."""
    with listing.reading() as session:
        found = read.listing(session)
    listing.rows(found, ("login", "name", "role", "active", "password", "changed_at"), json_wanted=as_json)


@people.command
@click.argument("login")
@click.option("--role", type=ROLES, required=True, help="What they may do.")
@click.option("--name", default="", help="As the pages call them.")
def add(login: str, role: str, name: str) -> None:
    """Add a person; they can sign in once they have a password."""
    with db.session(settings().database_url) as session:
        person = verbs.add(session, _me(session), login, Role(role), name)
        click.echo(f"{person.login} is {person.role.value}. Now: studio people password {person.login}")


@people.command
@click.argument("login")
@click.password_option(help="Asked for if it is not given.")
def password(login: str, password: str) -> None:
    """Set a password; whoever was signed in with the old one is signed out."""
    with db.session(settings().database_url) as session:
        me = _me(session)
        before = accounts.secured(session)
        verbs.set_password(session, me, verbs.find(session, login), password)
        if accounts.secured(session) and not before:
            click.echo("From now on everybody signs in, at this machine too.")


@people.command
@click.argument("login")
@click.option("--role", type=ROLES, help="A new role.")
@click.option("--active/--gone", default=None, help="Whether they may sign in.")
def edit(login: str, role: str | None, active: bool | None) -> None:
    """Give a person another role, let them go, or have them back."""
    with db.session(settings().database_url) as session:
        me, person = _me(session), verbs.find(session, login)
        verbs.edit(
            session,
            me,
            person,
            role=Role(role) if role else person.role,
            active=person.active if active is None else active,
        )


def _me(session: Session) -> int:
    return accounts.local_person(session).id
