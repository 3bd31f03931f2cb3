import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.queries.samples import WINDOW
from tests import factories


@pytest.fixture
def send(client: FlaskClient) -> Callable[..., object]:
    """One file as the page sends it."""

    def sent(data: bytes, query: str = "name=mina.png") -> object:
        token = re.search(r'"X-CSRFToken": "([^"]+)"', client.get("/samples").text)
        assert token
        headers = {"X-CSRFToken": token[1], "HX-Request": "true", "Content-Type": "application/octet-stream"}
        return client.post(f"/samples/files?{query}", data=data, headers=headers)

    return sent


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def count(session: Session, table: type) -> int:
    found = session.scalar(select(func.count()).select_from(table)) or 0
    session.commit()
    return found


def test_an_empty_library_says_how_to_fill_it(client: FlaskClient) -> None:
    page = client.get("/samples").text
    assert "No photo yet" in page
    assert "studio samples import" in page


def test_the_wall_shows_one_window_and_where_the_others_begin(client: FlaskClient, session: Session) -> None:
    made = [factories.sample(session).id for _ in range(WINDOW + 2)]
    session.commit()
    page = client.get("/samples").text
    assert page.count('class="tile"') == WINDOW
    assert f'data-total="{WINDOW + 2}"' in page
    assert f'data-starts="{made[-1]},{made[1]}"' in page
    assert "Older photos" in page
    rest = client.get(f"/samples/window?first={made[1]}").text
    assert re.findall(r'data-id="(\d+)"', rest) == [str(made[1]), str(made[0])]
    deep = client.get(f"/samples?at={made[0]}").text
    assert deep.count('class="tile"') == 2
    assert "Newer photos" in deep
    assert client.get("/samples/ids").json == made[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "at=x",
        "at=-1",
        "at=99999999999999999999&first=99999999999999999999",
        "tag=a:%00",
        "tag=nonsense",
        "q=%00%25_",
        "tag=a:b&tag=a:c&retired&faceless",
    ],
)
def test_any_address_of_the_wall_is_answered(client: FlaskClient, session: Session, query: str) -> None:
    factories.sample(session, tags=[("a", "b")])
    session.commit()
    for page in ("", "/window", "/ids"):
        assert client.get(f"/samples{page}?{query}").status_code == 200


def test_a_filter_is_a_link_that_turns_itself_over(client: FlaskClient, session: Session) -> None:
    factories.sample(session, tags=[("hair", "long")])
    factories.sample(session, tags=[("hair", "up")])
    session.commit()
    page = client.get("/samples").text
    assert 'href="/samples?tag=hair:long"' in page
    chosen = client.get("/samples?tag=hair:long").text
    assert chosen.count('class="tile"') == 1
    assert "1 of 2 photos" in words(chosen)
    assert re.search(r'href="/samples" aria-current="true"', chosen)


def test_names_and_tags_cannot_bring_markup_into_the_page(client: FlaskClient, session: Session) -> None:
    photo = factories.sample(session, tags=[("<i>", '"><script>')])
    photo.name = "<b>mina</b>\"'"
    session.commit()
    page = client.get("/samples?q=<b>").text
    assert "<b>mina" not in page
    assert "<script>" not in page


def test_a_file_is_kept_and_said_to_be_here_the_second_time(
    send: Callable[..., object], session: Session
) -> None:
    first, again = send(factories.png()), send(factories.png() + b"tail", "name=other.png")
    assert (first.status_code, again.status_code) == (201, 200)
    assert "Kept." in first.text
    assert "Already here:" in again.text
    assert session.scalars(select(Sample.name)).all() == ["mina"]


def test_a_near_photo_waits_for_a_word(send: Callable[..., object], session: Session) -> None:
    send(factories.png(1, 128, 128))
    near = io.BytesIO()
    picture = factories.library.Image.open(io.BytesIO(factories.png(1, 128, 128)))
    picture.save(near, "JPEG", quality=92)
    asked = send(near.getvalue(), "name=<b>copy.jpg")
    assert asked.status_code == 200
    assert "It looks like “mina”" in asked.text
    assert "data-keep" in asked.text
    assert count(session, Sample) == 1
    assert send(near.getvalue(), "name=copy.jpg&keep=1").status_code == 201
    assert count(session, Sample) == 2


def test_what_is_no_photo_is_answered_in_a_sentence(send: Callable[..., object], session: Session) -> None:
    for data in (b"", b"Dear Mina", b"\x89PNG\r\n\x1a\n"):
        assert 'class="worse"' in send(data).text
    assert count(session, Sample) == 0


def test_a_body_above_the_limit_is_refused_in_a_line(
    send: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("studio.web.samples", fromlist=["LIMITS"]).LIMITS, "samples.receive", 100)
    answer = send(factories.png())
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_nothing_comes_in_without_the_token_of_the_page(client: FlaskClient, session: Session) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    assert client.post("/samples/files?name=a", data=factories.png(), headers=headers).status_code == 400
    assert count(session, Sample) == 0


def test_files_come_in_by_a_form_without_scripts(client: FlaskClient, post: Callable[..., object]) -> None:
    big = factories.png(5, 300, 300)  # more than an ordinary form may have
    files = [(io.BytesIO(data), name) for data, name in ((big, "a.png"), (b"no", "b.png"), (big, "c.png"))]
    token = re.search(r'"X-CSRFToken": "([^"]+)"', client.get("/samples").text)
    assert token
    answer = client.post("/samples/upload", data={"csrf_token": token[1], "photos": files})
    assert answer.status_code == 200
    page = words(answer.text)
    assert "3 files" in page
    for said in ("Kept.", "not a readable photo", "Already here:"):
        assert said in page
    del post


def test_tags_are_set_and_taken_on_a_selection(session: Session, post: Callable[..., object]) -> None:
    photos = [factories.sample(session, tags=[("hair", "up")]) for _ in range(3)]
    session.commit()
    chosen = ",".join(str(each.id) for each in photos[:2])
    answer = post("/samples/tags?tag=hair:up&at=7", tags="Light: soft, mood:calm", samples=chosen)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/samples?tag=hair:up&at=7")
    assert count(session, Annotation) == 5
    post("/samples/tags", tags="mood:calm", do="remove", sample=str(photos[0].id))
    current = select(Annotation.id).where(Annotation.sample_id == photos[0].id, Annotation.is_current)
    tags = (
        select(AnnotationTag.key).where(AnnotationTag.annotation_id.in_(current)).order_by(AnnotationTag.key)
    )
    assert session.scalars(tags).all() == ["hair", "light"]


@pytest.mark.parametrize(
    "fields",
    [
        {"tags": "hairlong", "samples": "1"},
        {"tags": "a:b"},
        {"tags": "a:b", "samples": "x"},
        {"tags": " , ", "samples": "1"},
    ],
)
def test_a_wrong_tag_or_an_empty_selection_changes_nothing(
    session: Session, post: Callable[..., object], fields: dict[str, str]
) -> None:
    factories.sample(session)
    session.commit()
    assert post("/samples/tags", **fields).status_code == 400
    assert count(session, Annotation) == 1


def test_photos_are_put_aside_and_brought_back(
    client: FlaskClient, session: Session, post: Callable[..., object]
) -> None:
    photo = factories.sample(session)
    session.commit()
    post("/samples/retire", samples=str(photo.id), do="retire")
    page = client.get("/samples").text
    assert "1 photo put aside" in page
    assert 'class="tile"' not in page
    assert "Bring back" in client.get("/samples?retired=1").text
    post("/samples/retire?retired=1", samples=str(photo.id), do="restore")
    assert client.get("/samples").text.count('class="tile"') == 1
