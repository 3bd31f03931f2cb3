from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.domain.annotation import tagged
from studio.errors import StudioError
from studio.gateways import folders
from studio.gateways.storage import Storage
from studio.services import annotations, importing
from studio.services.importing import Imported
from tests import factories

Import = Callable[[], list[Imported]]
HEAD = "name,file,tags,source,license,consent_until"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "portraits"
    (made / "images").mkdir(parents=True)
    (made / "masks").mkdir()
    for seed, name in enumerate(("anna", "bora", "cho")):
        (made / f"images/{name}.png").write_bytes(factories.png(seed))
    mask = np.zeros((64, 64), dtype=np.uint8)
    mask[:20] = 255
    Image.fromarray(mask).save(made / "masks/anna.png")
    return made


@pytest.fixture
def bring(session: Session, folder: Path, studio_var: Path) -> Import:
    by = factories.person(session).id
    session.commit()
    return lambda: list(importing.bring(session, Storage(studio_var / "objects"), by, folders.read(folder)))


def listed(folder: Path, *rows: str) -> None:
    (folder / "manifest.csv").write_text("\n".join([HEAD, *rows]))


def outcomes(found: Sequence[Imported]) -> list[str]:
    return [each.outcome.value for each in found]


def tags(session: Session, name: str) -> set[tuple[str, str]]:
    found = session.execute(
        select(AnnotationTag.key, AnnotationTag.value)
        .join(Annotation, Annotation.id == AnnotationTag.annotation_id)
        .join(Sample, Sample.id == Annotation.sample_id)
        .where(Sample.name == name, Annotation.is_current)
    )
    return {(key, value) for key, value in found}


def test_a_folder_without_a_manifest_comes_in_with_its_masks(session: Session, bring: Import) -> None:
    assert outcomes(bring()) == ["added"] * 3
    masked = select(Sample.name).join(Annotation).where(Annotation.hair_mask_sha.is_not(None))
    assert session.scalars(masked).all() == ["anna"]


def test_a_second_time_nothing_changes(session: Session, folder: Path, bring: Import) -> None:
    listed(folder, "Anna,images/anna.png,hair:long;hair:up;light: Soft,NASA,own,2027-01-31")
    assert outcomes(bring()) == ["added"]
    assert outcomes(bring()) == ["unchanged"]
    assert session.scalar(select(func.count()).select_from(Annotation)) == 1
    assert tags(session, "Anna") == {("hair", "long"), ("hair", "up"), ("light", "soft")}
    sample = session.scalars(select(Sample)).one()
    assert (sample.source, sample.licence, str(sample.consent_until)) == ("NASA", "own", "2027-01-31")


def test_only_what_the_manifest_says_differently_is_changed(
    session: Session, folder: Path, bring: Import
) -> None:
    listed(folder, "Anna,images/anna.png,hair:long,NASA,own,", "Bora,images/bora.png,hair:up,,,")
    anna = bring()[0].sample
    by = factories.person(session).id
    annotations.revise(session, by, [anna or 0], tagged([("mood", "calm")]))
    listed(folder, "Anna,images/anna.png,hair:short,NASA,CC0,", "Bora,images/bora.png,,,,")
    assert outcomes(bring()) == ["changed", "unchanged"]
    assert tags(session, "Anna") == {("hair", "short"), ("mood", "calm")}
    assert tags(session, "Bora") == {("hair", "up")}
    assert session.get_one(Sample, anna).licence == "CC0"


def test_a_bad_file_says_why_and_costs_only_itself(folder: Path, bring: Import) -> None:
    (folder / "images/bora.png").write_bytes(b"no picture")
    (folder / "images/cho.png").write_bytes(factories.png(9, 40, 40))
    assert outcomes(bring()) == ["added", "refused", "refused"]
    assert all(each.note for each in bring()[1:])


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("A,images/nobody.png,,,,", "is not there"),
        ("A,../../secret.png,,,,", "outside the folder"),
        ("A,,,,,", "none named"),
        ("A,images/anna.png,longhair,,,", "is no tag"),
        ("A,images/anna.png,,,,tomorrow", "is no date"),
    ],
)
def test_a_bad_row_says_why_and_costs_only_itself(
    folder: Path, bring: Import, row: str, sentence: str
) -> None:
    listed(folder, row, "Bora,images/bora.png,,,,")
    first, second = bring()
    assert (first.outcome, second.outcome) == ("refused", "added")
    assert sentence in first.note


def test_the_same_picture_twice_in_a_folder_is_one_photo(folder: Path, bring: Import) -> None:
    (folder / "images/dana.png").write_bytes(factories.png(0))
    assert outcomes(bring()) == ["added", "added", "added", "twice"]
    assert "“anna”" in bring()[-1].note


def test_a_manifest_with_semicolons_and_other_names_is_read(folder: Path, bring: Import) -> None:
    (folder / "manifest.csv").write_text("\ufefffilename;Licence_Note\nimages/cho.png;own", encoding="utf-8")
    assert [(each.name, each.outcome.value) for each in bring()] == [("cho", "added")]


def test_a_file_that_cannot_be_read_costs_only_itself(
    folder: Path, bring: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def forbidden(path: Path) -> bytes:
        if path.stem == "bora":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    found = bring()
    assert outcomes(found) == ["added", "refused", "added"]
    assert "Permission denied" in found[1].note


def test_a_manifest_of_a_spreadsheet_that_is_not_utf_8_is_a_sentence(folder: Path) -> None:
    (folder / "manifest.csv").write_bytes(f"{HEAD}\n민아,images/anna.png,,,,".encode("cp949"))
    with pytest.raises(StudioError, match="not UTF-8"):
        folders.read(folder)


def test_a_folder_or_manifest_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="no photo"):
        folders.read(tmp_path)
    (tmp_path / "manifest.csv").write_text("who,what\na,b")
    with pytest.raises(StudioError, match="no column"):
        folders.read(tmp_path)
