from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.samples import AnnotationTag, Sample
from studio.domain.vocabulary import TagOrigin
from studio.errors import NotFound, StudioError
from studio.gateways.storage import Storage
from studio.services import samples, uploads
from studio.services.samples import About, Photo
from tests import factories
from tests.unit.gateways import pictures as made


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


def receive(session: Session, by: int, data: bytes, name: str = "mina.jpg", **how: bool) -> uploads.Arrival:
    return uploads.receive(session, by, name, data, **how)


def copy(seed: int, side: int = 128) -> bytes:
    """The same soft picture at another size."""
    small = made.Image.fromarray(made.noise(seed, 6, 8))
    return made.saved(small.resize((side, side)), "JPEG", quality=90)


def test_a_photo_that_comes_by_the_browser_is_kept_under_its_files_name(session: Session, by: int) -> None:
    arrival = receive(session, by, copy(1), "../me\\C:\\holiday\u202e 1.jpg")
    assert arrival.kept is not None
    assert arrival.kept.name == "holiday 1"
    assert session.scalars(select(Audit.verb)).all() == ["add"]


def test_the_same_photo_again_is_said_to_be_here(session: Session, by: int) -> None:
    first = receive(session, by, copy(1)).kept
    again = receive(session, by, copy(1) + b"tail")
    assert again.known is not None
    assert again.known.id == first.id
    assert again.kept is None


def test_what_nearly_looks_like_another_waits_for_a_word(session: Session, by: int, studio_var: Path) -> None:
    first = receive(session, by, copy(1)).kept
    files = sorted((studio_var / "objects").rglob("*"))
    like = receive(session, by, copy(1, 96))
    assert [each.id for each in like.like] == [first.id]
    assert like.kept is None
    assert sorted((studio_var / "objects").rglob("*")) == files
    assert receive(session, by, copy(1, 96), keep_near=True).kept is not None
    assert receive(session, by, copy(2)).kept is not None


def test_what_is_no_photo_is_an_answer_and_leaves_nothing(
    session: Session, by: int, studio_var: Path
) -> None:
    arrival = receive(session, by, b"Dear Mina")
    assert arrival.error is not None
    assert arrival.error.hint
    assert not (studio_var / "objects").exists()


def test_a_photo_that_no_version_can_use_is_kept_with_a_doubt(session: Session, by: int) -> None:
    version = factories.version(session)
    version.manifest = {"width": 256, "height": 256}
    session.commit()
    assert receive(session, by, copy(1)).misfit == "small"
    assert receive(session, by, copy(2, 300)).misfit is None


def test_a_photo_without_colour_is_tagged_by_rule(session: Session, by: int) -> None:
    grey = made.saved(made.Image.fromarray(made.noise(3, 6, 8)).convert("L").resize((99, 99)), "PNG")
    assert receive(session, by, grey).grey
    tag = session.scalars(select(AnnotationTag)).one()
    assert (tag.key, tag.value, tag.origin) == ("colour", "none", TagOrigin.RULE)


def test_a_description_is_written_with_what_it_was_before(session: Session, by: int) -> None:
    photo = factories.sample(session)
    new = About("our studio", "own", "signed", date(2027, 1, 31))
    assert samples.describe(session, by, photo.id, new)
    assert not samples.describe(session, by, photo.id, new)
    assert samples.about(photo) == new
    entry = session.scalars(select(Audit).where(Audit.verb == "describe")).one()
    assert (entry.before or {})["licence"] == ""
    assert (entry.after or {})["consent_until"] == "2027-01-31"


def test_a_name_is_one_printable_line(session: Session, by: int) -> None:
    photo = factories.sample(session)
    assert samples.rename(session, by, photo.id, "  미나\n\t<b> " + "x" * 200)
    assert photo.name.startswith("미나 <b> xxx")
    assert len(photo.name) == samples.LONGEST_NAME
    with pytest.raises(StudioError, match="needs a name"):
        samples.rename(session, by, photo.id, " \u200b\n")


def test_a_photo_is_put_aside_and_comes_back(session: Session, by: int) -> None:
    photos = [factories.sample(session).id for _ in range(3)]
    assert samples.retire(session, by, photos[:2]) == 2
    assert samples.retire(session, by, photos) == 1
    assert samples.retire(session, by, photos[:1], back=True) == 1
    aside = session.scalars(select(Sample.id).where(Sample.retired_at.is_not(None)).order_by(Sample.id)).all()
    assert aside == photos[1:]


def test_what_is_erased_cannot_be_named_or_described(session: Session, by: int) -> None:
    gone = factories.sample(session, erased=True)
    with pytest.raises(NotFound):
        samples.rename(session, by, gone.id, "again")
    with pytest.raises(NotFound):
        samples.describe(session, by, gone.id, About())


def test_adding_a_photo_keeps_all_that_is_said_of_it(session: Session, by: int, studio_var: Path) -> None:
    photo = Photo("m", factories.png(), tags=[("hair", "long"), ("hair", "up")], consent="signed")
    kept = samples.add_photo(session, Storage(studio_var / "objects"), by, photo)
    found = session.execute(select(AnnotationTag.key, AnnotationTag.value)).all()
    assert sorted(map(tuple, found)) == [("hair", "long"), ("hair", "up")]
    assert kept.consent == "signed"
