from dataclasses import asdict, replace
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.nights import Night, Schedule
from studio.db.outputs import Output
from studio.db.runs import Run
from studio.domain.night import Finding, Verdict
from studio.domain.vocabulary import NightState, RunKind
from studio.services import health, nights, outputs
from studio.services.nights import Asked
from tests import factories

WORSE = Finding(
    "rest", "fp32", "v2", Verdict.WORSE, champion=0.31, candidate=1.43, difference=1.12, tolerance=0.2,
    noise=0.0, n=3, photo=2, columns=(0, 2),
)  # fmt: skip


@pytest.fixture
def night(session: Session) -> Night:
    """A night under way: v1 the champion, v2 the candidate, every picture made."""
    line = factories.group(session, night_revision_id=factories.revision(session).id)
    for name in ("v1", "v2"):
        version = factories.version(session, line)
        version.name = name
        factories.variant(session, version)
        if name == "v1":
            factories.champion(session, version)
            args = {"version": version.id, "controls": factories.COPPER}
            factories.run(session, kind=RunKind.REGISTER, args=args).group_id = line.id
        else:
            version.candidate_at = now()
    session.commit()
    made = nights.begin(session, factories.person(session).id, line, Asked(date(2026, 11, 21)), ())
    assert made
    for column in outputs.columns(session, made.comparison_id or 0):
        for cell in outputs.holes(session, column):
            factories.output(session, column, cell, run_id=made.run_id)
    session.commit()
    return made


def end(session: Session, night: Night, state: NightState, *found: Finding, reason: str = "") -> None:
    night.state, night.ended_at = state, now()
    night.report = {"reason": reason, "hint": "", "findings": [asdict(each) for each in found]}
    session.commit()


def test_a_quiet_night_is_one_line(client: FlaskClient, session: Session, night: Night) -> None:
    end(session, night, NightState.OK)
    page = client.get("/nights").text
    assert "Nothing got worse" in page
    assert "v2 beside v1" in page
    assert "Nothing got worse" in client.get(f"/nights/{night.public_id}").text


def test_what_got_worse_stands_first_with_both_pictures_and_what_would_have_passed(
    client: FlaskClient, session: Session, night: Night
) -> None:
    end(session, night, NightState.REGRESSION, WORSE)
    page = client.get(f"/nights/{night.public_id}").text
    assert "v2 got worse in one way" in page
    assert "changes more of what is not hair" in page
    assert "1.43\u202f%, the champion 0.31\u202f%." in page
    assert "up to 0.2\u202f% would have passed. The champion beside itself: 0\u202f%." in page
    run = session.get_one(Run, night.run_id)
    shown = session.scalars(select(Output.blob_sha).where(Output.run_id == run.id)).all()
    assert sum(f"/pictures/{sha}" in page for sha in shown) == 2


def test_what_got_worse_at_both_precisions_is_told_once(
    client: FlaskClient, session: Session, night: Night
) -> None:
    end(session, night, NightState.REGRESSION, WORSE, replace(WORSE, precision="int8"))
    page = client.get(f"/nights/{night.public_id}").text
    assert "v2 got worse in one way" in page
    assert page.count("<figure>") == 3
    assert page.count("up to 0.2\u202f% would have passed.") == 2
    assert "v2 got worse: changes more of what is not hair" in client.get("/nights").text


def test_a_night_without_a_verdict_says_why(client: FlaskClient, session: Session, night: Night) -> None:
    end(session, night, NightState.UNTRUSTED, reason="The step generate failed: nobody answered.")
    page = client.get(f"/nights/{night.public_id}").text
    assert "The step generate failed: nobody answered." in page


def test_numbers_that_cannot_be_compared_say_what_differs(
    client: FlaskClient, session: Session, night: Night
) -> None:
    unclear = Finding("fd_standin", "fp32", "v2", Verdict.INCOMPARABLE, said="chain", columns=(0, 2))
    end(session, night, NightState.UNTRUSTED, unclear)
    assert "not made in the same way: chain" in client.get(f"/nights/{night.public_id}").text


def test_a_night_under_way_is_asked_for_until_it_has_ended(
    client: FlaskClient, session: Session, night: Night
) -> None:
    address = f"/nights/{night.public_id}/progress"
    answer = client.get(address)
    assert "9 of 9 pictures" in answer.text
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    end(session, night, NightState.OK)
    assert client.get(address).headers["HX-Refresh"] == "true"


def test_programs_read_a_night_as_junit_and_json(client: FlaskClient, session: Session, night: Night) -> None:
    end(session, night, NightState.REGRESSION, WORSE)
    document = client.get(f"/nights/{night.public_id}/junit.xml")
    assert document.headers["Content-Disposition"].endswith('.xml"')
    assert ET.fromstring(document.text).get("failures") == "1"
    read = client.get(f"/nights/{night.public_id}/night.json").get_json()
    assert (read["state"], read["champion"], read["candidates"]) == ("regression", "v1", ["v2"])
    assert read["findings"][0]["metric"] == "rest"


def test_a_night_started_on_the_page_without_services_says_so(
    client: FlaskClient, post, session: Session, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "missing", lambda lamps: ("torchserve",))
    assert post("/nights/run").status_code == 303
    assert "Not running: torchserve." in client.get("/nights").text
    assert len(session.scalars(select(Night)).all()) == 2


def test_the_calendar_is_set_on_the_page_and_a_wrong_time_is_refused(
    client: FlaskClient, post, session: Session
) -> None:
    assert "do not begin by themselves" in client.get("/nights").text
    assert post("/nights/schedule", time="03:30", enabled="1").status_code == 303
    assert "Begins every day at 03:30" in client.get("/nights").text
    assert post("/nights/schedule", time="soon").status_code == 400
    assert session.scalars(select(Schedule.crontab)).one() == "30 3 * * *"


def test_an_unknown_night_is_not_found(client: FlaskClient) -> None:
    for address in ("/nights/none", "/nights/none/progress", "/nights/none/junit.xml"):
        assert client.get(address).status_code == 404
