import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit, Person
from studio.domain.vocabulary import Role
from studio.errors import Conflict, NotFound
from studio.queries import people as reading
from studio.services import accounts, people
from studio.services.people import LOGIN, BadLogin, BadPassword

PASSWORD = "correct horse battery"


@pytest.fixture
def admin(session: Session) -> Person:
    return accounts.local_person(session)


@pytest.fixture
def mina(session: Session, admin: Person) -> Person:
    person = people.add(session, admin.id, " Mina ", Role.PLANNER, "Mina Kim")
    people.set_password(session, admin.id, person, PASSWORD)
    return person


def test_a_person_is_added_without_a_password_and_cannot_sign_in_before_there_is_one(
    session: Session, admin: Person
) -> None:
    person = people.add(session, admin.id, "joon", Role.ENGINEER)
    assert (person.login, person.name, person.password_hash) == ("joon", "joon", None)
    assert accounts.sign_in(session, "joon", "") is None
    people.set_password(session, admin.id, person, PASSWORD)
    assert accounts.sign_in(session, "joon", PASSWORD)


def test_login_and_password_must_belong_together(session: Session, mina: Person) -> None:
    signed_in = accounts.sign_in(session, "MINA", PASSWORD)
    assert signed_in
    assert signed_in.id == mina.id
    for login, password in (("mina", "something else"), ("nobody", PASSWORD), ("local", ""), ("", "")):
        assert accounts.sign_in(session, login, password) is None


def test_an_unknown_login_takes_as_long_as_a_wrong_password(session: Session, mina: Person) -> None:
    def seconds(login: str) -> float:
        begun = time.process_time()
        for _ in range(5):
            accounts.sign_in(session, login, "wrong password")
        return time.process_time() - begun

    seconds("nobody")  # makes the hash of nobody once
    assert 0.5 < seconds("nobody") / seconds(mina.login) < 2


def test_the_password_itself_is_kept_nowhere(session: Session, mina: Person) -> None:
    assert (mina.password_hash or "").startswith("$argon2id$")
    written = [str((each.before, each.after)) for each in session.scalars(select(Audit))]
    assert not any(PASSWORD in each or "argon2" in each for each in written)


def test_a_new_password_ends_the_sessions_of_the_old_one(
    session: Session, admin: Person, mina: Person
) -> None:
    before = accounts.stamp(mina)
    assert accounts.of_session(session, mina.id, before)
    people.set_password(session, admin.id, mina, "another long password")
    assert accounts.of_session(session, mina.id, before) is None
    assert accounts.of_session(session, mina.id, accounts.stamp(mina))


def test_who_is_let_go_has_no_session_and_cannot_sign_in(
    session: Session, admin: Person, mina: Person
) -> None:
    kept = accounts.stamp(mina)
    people.edit(session, admin.id, mina, role=Role.PLANNER, active=False)
    assert accounts.of_session(session, mina.id, kept) is None
    assert accounts.sign_in(session, "mina", PASSWORD) is None


@pytest.mark.parametrize("kept", [None, "", "guessed", 7])
def test_a_session_of_other_making_is_nobodys(session: Session, mina: Person, kept: object) -> None:
    assert accounts.of_session(session, mina.id, kept) is None
    assert accounts.of_session(session, "1", accounts.stamp(mina)) is None


def test_only_an_admin_with_a_password_closes_the_door(session: Session, admin: Person, mina: Person) -> None:
    assert not accounts.secured(session)
    people.set_password(session, admin.id, admin, PASSWORD)
    assert accounts.secured(session)


def test_the_last_admin_who_can_sign_in_stays(session: Session, admin: Person, mina: Person) -> None:
    people.set_password(session, admin.id, admin, PASSWORD)
    for role, active in ((Role.PLANNER, True), (Role.ADMIN, False)):
        with pytest.raises(Conflict):
            people.edit(session, admin.id, admin, role=role, active=active)
        session.refresh(admin)
        assert (admin.role, admin.active) == (Role.ADMIN, True)
    people.edit(session, admin.id, mina, role=Role.ADMIN, active=True)
    people.edit(session, mina.id, admin, role=Role.PLANNER, active=True)
    assert accounts.secured(session)


def test_the_admin_of_a_studio_without_passwords_stays(session: Session, admin: Person) -> None:
    for role, active in ((Role.PLANNER, True), (Role.ADMIN, False)):
        with pytest.raises(Conflict, match="last admin"):
            people.edit(session, admin.id, admin, role=role, active=active)
    people.edit(session, admin.id, admin, role=Role.ADMIN, active=True)


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "longest-of-logins"])
def test_a_bad_password_is_refused(session: Session, admin: Person, password: str) -> None:
    person = people.add(session, admin.id, "longest-of-logins", Role.PLANNER)
    with pytest.raises(BadPassword):
        people.set_password(session, admin.id, person, password)


def test_ones_own_password_changes_only_with_the_old_one(session: Session, mina: Person) -> None:
    with pytest.raises(BadPassword):
        people.change_password(session, mina, "wrong password", "another long password")
    people.change_password(session, mina, PASSWORD, "another long password")
    assert accounts.sign_in(session, "mina", "another long password")


@given(st.text(max_size=70))
def test_a_login_is_what_fits_into_an_address(text: str) -> None:
    if LOGIN.fullmatch(text):
        assert text == text.lower()
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789._@-")


def test_a_login_that_is_taken_or_cannot_be_typed_is_refused(
    session: Session, admin: Person, mina: Person
) -> None:
    with pytest.raises(Conflict):
        people.add(session, admin.id, "MINA", Role.ADMIN)
    for login in ("", "a", "미나", "with space", "../up"):
        with pytest.raises(BadLogin):
            people.add(session, admin.id, login, Role.PLANNER)
    with pytest.raises(NotFound):
        people.find(session, "nobody")


def test_every_change_is_on_record_and_everybody_is_listed(
    session: Session, admin: Person, mina: Person
) -> None:
    people.edit(session, admin.id, mina, role=Role.ENGINEER, active=False)
    verbs = session.scalars(select(Audit.verb).where(Audit.noun == "person").order_by(Audit.id)).all()
    assert verbs == ["add", "set password", "edit"]
    first, gone = reading.listing(session)
    assert (first.login, first.changed_at is None) == ("local", False)
    assert (gone.login, gone.active, gone.password, gone.changed_at) == ("mina", False, True, None)
