import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import Output
from studio.db.runs import Run, Step
from studio.db.versions import Variant, Version
from studio.domain.vocabulary import OutputState, Precision, RunState, StepState
from studio.services import outputs
from tests import factories


def address(of: Comparison, *more: str) -> str:
    return "/".join(["/comparisons", of.public_id, *more])


def takes(session: Session) -> set[int]:
    found = set(session.scalars(select(ComparisonColumn.take_id)))
    session.commit()  # SQLite lets nobody write while we look
    return found


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def test_the_desk_shows_pictures_a_sentence_for_an_error_and_the_place_of_what_is_missing(
    client: FlaskClient, desk: Comparison
) -> None:
    page = client.get(address(desk)).text
    assert page.count('role="rowheader"') == 3
    assert page.count("changed 25") == 3
    assert "The photo has no face." in page
    assert page.count("not made yet") == 2
    assert "3 of 6 · ▼ 1 failed" in words(page)


def test_a_picture_offers_its_thumbnail_and_its_real_file_with_the_photos_shape(
    client: FlaskClient, desk: Comparison, session: Session
) -> None:
    sha = session.scalars(select(Output.blob_sha).where(Output.state == OutputState.DONE)).first()
    session.commit()
    page = client.get(address(desk)).text
    image = re.search(rf'<img src="/pictures/{sha}.webp"[^>]*>', page)
    assert image is not None
    for part in (f"/pictures/{sha}.png 64w", 'loading="lazy"', 'width="64"', 'height="64"'):
        assert part in image[0]


def test_names_of_versions_cannot_bring_markup_into_the_page(
    client: FlaskClient, desk: Comparison, session: Session
) -> None:
    for version in session.scalars(select(Version)):
        version.name = f"<script>{version.id}</script>"
    session.commit()
    page = client.get(address(desk)).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_nothing_is_polled_unless_something_runs(
    client: FlaskClient, desk: Comparison, session: Session
) -> None:
    assert "every 1s" not in client.get(address(desk)).text
    factories.run(session, ("generate", StepState.RUNNING), of=desk)
    assert client.get(address(desk)).text.count("every 1s") == 1


def test_progress_answers_304_until_something_changes(
    client: FlaskClient, desk: Comparison, session: Session
) -> None:
    factories.run(session, ("generate", StepState.RUNNING), of=desk)
    page = client.get(address(desk)).text
    tag = re.search(r'id="progress".*?If-None-Match": "\\"(\w+)', page)
    assert tag is not None
    known = {"If-None-Match": f'"{tag[1]}"', "HX-Request": "true"}
    assert client.get(address(desk, "progress"), headers=known).status_code == 304
    column = outputs.columns(session, desk.id)[1]
    factories.output(session, column, outputs.holes(session, column)[1])
    session.commit()
    answer = client.get(address(desk, "progress"), headers=known)
    assert answer.status_code == 200
    assert "outputs-changed" in answer.headers["HX-Trigger"]
    assert 'id="sentence"' in answer.text


def test_a_window_answers_304_until_its_own_rows_change(client: FlaskClient, desk: Comparison) -> None:
    first = client.get(address(desk, "rows", "0"))
    tag = re.search(r'If-None-Match": "\\"(\w+)', first.text)
    assert tag is not None
    again = client.get(address(desk, "rows", "0"), headers={"If-None-Match": f'"{tag[1]}"'})
    assert again.status_code == 304


def test_rows_come_in_windows_and_a_deep_link_brings_the_window_of_its_row(
    client: FlaskClient, session: Session
) -> None:
    long = factories.comparison(session, photos=60)
    page = client.get(address(long)).text
    assert page.count("data-row=") == 24
    assert page.count('hx-trigger="revealed"') == 2
    deep = client.get(address(long) + "?row=30&column=1").text
    assert 'data-row="24"' in deep
    assert 'data-row="47"' in deep
    assert deep.count("data-row=") == 24
    assert client.get(address(long, "rows", "48")).text.count("data-row=") == 12


@pytest.mark.parametrize("query", ["?row=-5&column=99", "?row=x&column=", "?row=99999999"])
def test_an_address_beyond_the_grid_shows_the_nearest_place(
    client: FlaskClient, desk: Comparison, query: str
) -> None:
    assert client.get(address(desk) + query).status_code == 200


def test_run_fills_what_is_missing_and_run_again_takes_everything_anew(
    client: FlaskClient, desk: Comparison, session: Session, post: Callable[..., object]
) -> None:
    answer = post(address(desk, "run"), htmx=True)
    assert 'id="cancel"' in answer.text
    assert takes(session) == {0}
    post(address(desk, "cancel"), htmx=True)
    post(address(desk, "run"), again="1", htmx=True)
    assert 0 not in takes(session)


def test_buttons_work_without_scripts(
    desk: Comparison, session: Session, post: Callable[..., object]
) -> None:
    answer = post(address(desk, "run"))
    assert (answer.status_code, answer.headers["Location"]) == (303, address(desk))
    post(address(desk, "cancel"))
    assert session.scalars(select(Run)).one().cancel_at is not None


def test_cancel_when_nothing_runs_changes_nothing(
    desk: Comparison, session: Session, post: Callable[..., object]
) -> None:
    assert post(address(desk, "cancel"), htmx=True).status_code == 200
    assert session.scalars(select(Run)).all() == []


def test_try_again_starts_work_for_this_cell_only(
    desk: Comparison, session: Session, post: Callable[..., object]
) -> None:
    failed = session.scalars(select(Output).where(Output.state == OutputState.ERROR)).one()
    session.commit()
    assert post(address(desk, "outputs", str(failed.id), "retry"), htmx=True).status_code == 200
    assert session.scalars(select(Run)).one().args == {"only": "c1:0-1"}


def test_try_again_for_a_cell_of_another_comparison_is_refused(
    desk: Comparison, session: Session, post: Callable[..., object]
) -> None:
    failed = session.scalars(select(Output).where(Output.state == OutputState.ERROR)).one()
    other = factories.comparison(session)
    answer = post(address(other, "outputs", str(failed.id), "retry"), htmx=True)
    assert answer.status_code == 404
    assert answer.headers["HX-Retarget"] == "#notice"
    del desk


def test_the_sentence_says_what_int8_costs_and_brings(client: FlaskClient, session: Session) -> None:
    version = factories.version(session)
    pair = [factories.variant(session, version, precision) for precision in Precision]
    made = factories.comparison(session, photos=1, columns=pair)
    left, right = outputs.columns(session, made.id)
    for column in (left, right):
        factories.output(session, column, outputs.holes(session, column)[0])
    factories.measurement(session, left, "cpu_ms").value = 48
    factories.measurement(session, right, "cpu_ms").value = 20
    largest = factories.measurement(session, right, "difference_twin_max")
    largest.value, largest.n = 3, 24
    factories.measurement(session, left, "fd_standin")
    session.commit()
    page = words(client.get(address(made)).text)
    expected = f"{version.name} INT8 differs from FP32 by at most 3 of 255 on 24 photos and is 2.4× faster"
    assert expected in page
    assert "says nothing about quality" in page


def test_without_mlflow_the_numbers_stand_with_their_hour(
    desk: Comparison, session: Session, post: Callable[..., object]
) -> None:
    left, right = outputs.columns(session, desk.id)
    factories.measurement(session, left, published=True)
    session.commit()
    answer = post(address(desk, "numbers"), htmx=True)
    assert answer.status_code == 200
    assert "numbers as of" in answer.text
    assert "baseline" not in answer.text
    factories.measurement(session, right, against_variant_id=left.variant_id, published=True)
    session.commit()
    assert "baseline" in post(address(desk, "numbers"), htmx=True).text


def test_a_run_that_failed_says_why_on_the_desk(
    client: FlaskClient, desk: Comparison, session: Session
) -> None:
    run = factories.run(session, of=desk)
    failed = factories.step(run, "measure", StepState.ERROR)
    failed.error = "The reference set is empty."
    session.add(failed)
    run.state, run.ended_at = RunState.ERROR, run.created_at
    session.commit()
    assert "The reference set is empty." in client.get(address(desk)).text


def test_a_comparison_is_renamed_noted_and_pinned(
    client: FlaskClient, desk: Comparison, session: Session, post: Callable[..., object]
) -> None:
    assert post(address(desk, "name"), name=" Copper  first ", note="Look at row 3.").status_code == 303
    post(address(desk, "pin"), pinned="1")
    page = client.get(address(desk)).text
    assert "<title>Copper first" in page
    assert "Look at row 3." in page
    assert 'aria-pressed="true" title="Pinned' in page
    assert post(address(desk, "name"), name="  ").status_code == 400
    verbs = session.scalars(select(Audit.verb).where(Audit.noun == "comparison").order_by(Audit.id)).all()
    assert list(verbs) == ["add", "rename", "pin"]


def test_what_failed_and_what_is_missing_are_one_click_each(
    client: FlaskClient, desk: Comparison, session: Session, post: Callable[..., object]
) -> None:
    page = words(client.get(address(desk)).text)
    assert "Run what failed" in page
    assert "Fill the holes" in page
    for fill, chunks in (("failed", ["c1:0-24"]), ("missing", ["c1:0-24"])):
        post(address(desk, "run"), fill=fill, htmx=True)
        run = session.scalars(select(Run).order_by(Run.id.desc())).first()
        assert run.args["fill"] == fill
        assert [step.subject for step in session.scalars(select(Step).where(Step.run_id == run.id))] == chunks
        session.commit()
        post(address(desk, "cancel"), htmx=True)


def test_a_filter_and_an_order_are_links_that_keep_each_other(client: FlaskClient, session: Session) -> None:
    photos = [factories.sample(session, tags=[("hair", value)]) for value in ("long", "long", "short")]
    made = factories.comparison(session, photos=photos)
    page = client.get(address(made) + "?sort=name&tag=hair:long").text
    assert page.count('role="rowheader"') == 2
    assert "2 of 3 photos" in words(page)
    for link in ("?sort=name&amp;tag=hair:long&amp;tag=hair:short", '"?tag=hair:long"', "?sort=name"):
        assert link.strip('"') in page
    assert f'hx-get="{address(made)}/rows/0?sort=name&amp;tag=hair:long"' in page
    assert "No photo of this set is like that." in client.get(address(made) + "?tag=hair:red").text


def test_the_first_sentence_tells_what_the_candidate_changes_in_hair_and_rest(
    client: FlaskClient, session: Session
) -> None:
    made = factories.comparison(session, photos=3, columns=2)
    left, right = outputs.columns(session, made.id)
    v1, v2 = (
        session.get_one(Version, session.get_one(Variant, each.variant_id).version_id)
        for each in (left, right)
    )
    v1.name, v2.name = "v1", "v2"
    factories.champion(session, v1)
    for column, rest in ((left, 2.1), (right, 0.8)):
        factories.output(session, column, outputs.holes(session, column)[0])
        hair = factories.measurement(session, column, "hair_changed", n=22)
        hair.value = 1.0
        factories.measurement(session, column, "rest_changed", n=22).value = rest
    session.commit()
    said = words(client.get(address(made)).text)
    assert "v2 changes the hair on 22 of 22 photos and 0.8 % of the rest (v1: 2.1 %)." in said
    assert "2 more photos have no hair mask." in said


def test_numbers_that_were_made_differently_show_a_broken_link(client: FlaskClient, session: Session) -> None:
    made = factories.comparison(session, columns=2)
    left, right = outputs.columns(session, made.id)
    factories.measurement(session, left)
    other = factories.measurement(session, right)
    other.fingerprint, other.fingerprint_sha = {"n": 24, "cpu_flags": ["avx2"]}, "1" * 64
    factories.measurement(session, right, against_variant_id=left.variant_id)
    session.commit()
    assert "≠ cpu_flags" in words(client.get(address(made)).text)


def test_all_numbers_of_a_column_are_told_to_who_opens_them(
    client: FlaskClient, desk: Comparison, session: Session
) -> None:
    column = outputs.columns(session, desk.id)[0]
    factories.measurement(session, column, low=11.0, high=14.0)
    session.commit()
    assert "11.0 … 14.0" in client.get(address(desk, "columns/0")).text
    beyond = client.get(address(desk, "columns/2"))
    assert (beyond.status_code, "This comparison has fewer columns." in beyond.text) == (404, True)
