"""Who asks for a page: the person at this machine, one who signed in, a guest of the local network, or nobody."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from studio.domain import roles
from studio.errors import NotAllowed, NotSignedIn
from studio.services import accounts
from studio.services.accounts import Who
from studio.settings import settings

LOOPBACK = ("localhost", "127.0.0.1")


def admit(endpoint: str) -> ResponseReturnValue | None:
    """Find who asks and what they may; an answer instead of the page sends them to sign in.

    Raises:
        NotAllowed: their role may not, or the studio has no password and they are not at this machine.
        NotSignedIn: a program or a button asks, which cannot sign in.
    """
    g.secured = accounts.secured(g.session)
    g.who = _signed_in() if g.secured else _at_this_machine()
    if g.who is not None:
        g.person_id = g.who.id
    g.session.commit()  # a slow body must not hold the only writer of SQLite
    if endpoint in roles.DOOR or may(endpoint):
        return None
    if g.who is not None:
        raise NotAllowed("Your role does not allow this.", "Ask an admin of the studio.")
    if request.method != "GET" or request.headers.get("HX-Request") or not _for_people():
        raise NotSignedIn("You are not signed in.", "Sign in, then try again.")
    return redirect(url_for("signin.page", next=request.full_path.rstrip("?")))


def may(endpoint: str) -> bool:
    """Whether who asks may reach `endpoint`; the pages show no button that would be refused."""
    who: Who | None = g.get("who")
    return roles.may(who.role, endpoint) if who else _guest() and endpoint in roles.GUESTS


def begin(person_id: int, stamp: str) -> None:
    """A new session for who has just signed in; nothing of the old one stays."""
    session.clear()
    session.permanent = True
    session["person"], session["stamp"] = person_id, stamp


def inside(address: str) -> str:
    """An address of this studio to go on to; home for any other."""
    parts = urlsplit(address)
    own = not parts.scheme and not parts.netloc and address.startswith("/") and "\\" not in address
    return address if own and not address.startswith("//") else url_for("home.page")


def _signed_in() -> Who | None:
    return accounts.of_session(g.session, session.get("person"), session.get("stamp"))


def _at_this_machine() -> Who:
    """The local admin; nobody else before there is a password, not even through a proxy on this machine."""
    name = request.host.rpartition(":")[0] or request.host
    if not _is("is_loopback") or name not in LOOPBACK:
        raise NotAllowed(
            "This studio has no password yet, so only its own machine may look.",
            "On that machine: studio people password local",
        )
    return accounts.at_this_machine(g.session)


def _guest() -> bool:
    """Whether somebody without an account may look: the admin allows it, and they are in the local network."""
    return settings().guests and _is("is_private")


def _is(kind: str) -> bool:
    try:
        return bool(getattr(ip_address(request.remote_addr or ""), kind))
    except ValueError:
        return False


def _for_people() -> bool:
    wanted = request.accept_mimetypes
    return wanted["text/html"] > wanted["application/json"]
