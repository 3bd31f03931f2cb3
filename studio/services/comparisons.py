"""Comparisons: columns of variants over the photos of one revision."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import SHARED_TAKE, Controls, Take
from studio.db.samples import SetRevision
from studio.db.session import upsert
from studio.domain import draft as asking
from studio.domain.draft import FRESH, Draft, Wanted
from studio.domain.inputs import canonical, controls_sha
from studio.errors import NotFound, StudioError
from studio.queries.choices import Choice, Choices
from studio.services import accounts

LONGEST_NAME, LONGEST_NOTE = 120, 4000


def controls(session: Session, body: Mapping[str, Any]) -> Controls:
    """The row of these run-time choices, made if they are new. Order of keys and spelling do not matter."""
    sha = controls_sha(body)
    found = session.scalar(select(Controls).where(Controls.sha == sha))
    if found is None:  # two registrations may end at the same moment
        made = upsert(session, Controls).values(sha=sha, body=json.loads(canonical(body)))
        session.execute(made.on_conflict_do_nothing(index_elements=["sha"]))
        found = session.scalars(select(Controls).where(Controls.sha == sha)).one()
    return found


def add(
    session: Session,
    person_id: int,
    group_id: int,
    revision_id: int,
    name: str,
    columns: Sequence[tuple[int, Mapping[str, Any]]],
) -> Comparison:
    """Add a comparison on the shared take to the caller's transaction.

    Args:
        columns: (variant id, controls) from left to right.

    Raises:
        StudioError: no column.
    """
    wanted = [(variant_id, controls(session, body).id, SHARED_TAKE) for variant_id, body in columns]
    return _add(session, person_id, (group_id, revision_id), name, wanted)


def create(session: Session, person_id: int, choices: Choices, draft: Draft) -> Comparison:
    """The comparison of a draft: the one that shows the same, else a new one.

    Raises:
        NotFound: a set or a version is not to be had.
        StudioError: no column, a control that a version has not, or versions that cannot share photos.
    """
    shown = [_chosen(choices, each) for each in draft.columns]
    revision_id = draft.revision_id or choices.compare_revision_id
    if session.get(SetRevision, revision_id) is None:
        raise NotFound("There is no such set of photos.", "Choose another one.")
    _want_same_needs(shown)
    wanted = [
        (each.variant_id, controls(session, each.controls).id, _take(session, each)) for each in draft.columns
    ]
    place = (choices.group_id, revision_id)
    name = asking.name(
        [
            (choice.version, choice.precision.value.upper(), each.controls)
            for choice, each in zip(shown, draft.columns, strict=True)
        ]
    ) if shown else ""  # fmt: skip
    made = _same(session, place, wanted) or _add(session, person_id, place, name, wanted)
    session.commit()
    return made


def rename(session: Session, person_id: int, comparison_id: int, name: str, note: str) -> Comparison:
    """Give a comparison another name and note.

    Raises:
        StudioError: the name is empty, or one of them too long.
    """
    found = session.get_one(Comparison, comparison_id)
    name, note = " ".join(name.split()), note.strip()
    if not name:
        raise StudioError("A comparison needs a name.", "Write a few words, as in “v2 against v1”.")
    if len(name) > LONGEST_NAME or len(note) > LONGEST_NOTE:
        raise StudioError(
            "That is too long.", f"A name has at most {LONGEST_NAME} letters, a note {LONGEST_NOTE}."
        )
    before = {"name": found.name, "note": found.note}
    found.name, found.note = name, note
    accounts.record(
        session,
        person_id,
        "rename",
        ("comparison", found.id),
        before=before,
        after={"name": name, "note": note},
    )
    session.commit()
    return found


def pin(session: Session, person_id: int, comparison_id: int, *, pinned: bool) -> None:
    """Keep a comparison at the top of the start page, or no longer."""
    found = session.get_one(Comparison, comparison_id)
    if (found.pinned_at is not None) != pinned:
        found.pinned_at = now() if pinned else None
        accounts.record(session, person_id, "pin" if pinned else "unpin", ("comparison", found.id))
    session.commit()


def _add(
    session: Session,
    person_id: int,
    place: tuple[int, int],
    name: str,
    columns: Sequence[tuple[int, int, int]],
) -> Comparison:
    """`place`: group and revision; `columns`: variant, controls and take."""
    if not columns:
        raise StudioError("A comparison needs at least one column.", "Choose a version.")
    group_id, revision_id = place
    comparison = Comparison(group_id=group_id, revision_id=revision_id, name=name, by=person_id)
    session.add(comparison)
    session.flush()
    for position, (variant_id, controls_id, take_id) in enumerate(columns):
        session.add(
            ComparisonColumn(
                comparison_id=comparison.id,
                position=position,
                variant_id=variant_id,
                controls_id=controls_id,
                take_id=take_id,
            )
        )
    accounts.record(session, person_id, "add", ("comparison", comparison.id), after={"name": name})
    return comparison


def _same(
    session: Session, place: tuple[int, int], columns: Sequence[tuple[int, int, int]]
) -> Comparison | None:
    """The newest comparison that shows exactly this."""
    group_id, revision_id = place
    rows = session.execute(
        select(ComparisonColumn)
        .join(Comparison, Comparison.id == ComparisonColumn.comparison_id)
        .where(Comparison.group_id == group_id, Comparison.revision_id == revision_id)
        .order_by(ComparisonColumn.comparison_id, ComparisonColumn.position)
    )
    shown: dict[int, list[tuple[int, int, int]]] = {}
    for each in rows.scalars():
        key = (each.variant_id, each.controls_id, each.take_id)
        shown.setdefault(each.comparison_id, []).append(key)
    same = [comparison_id for comparison_id, found in shown.items() if found == list(columns)]
    return session.get(Comparison, max(same)) if same else None


def _chosen(choices: Choices, wanted: Wanted) -> Choice:
    choice = choices.variants.get(wanted.variant_id)
    if choice is None:
        raise NotFound(
            "One of the versions cannot be had.", "It is not ready, or was retired. Choose another."
        )
    for key, values in choice.options.items():
        if wanted.controls.get(key) not in values:
            raise StudioError(f"{choice.version} has no such {key}.", f"Choose one of {', '.join(values)}.")
    if unknown := wanted.controls.keys() - choice.options.keys():
        raise StudioError(f"{choice.version} has no control {', '.join(sorted(unknown))}.", "Leave it out.")
    return choice


def _want_same_needs(shown: Sequence[Choice]) -> None:
    for each in shown[1:]:
        if each.needs != shown[0].needs:
            raise StudioError(
                f"{each.version} of {each.group} cannot stand beside {shown[0].version}.",
                "One of them needs more than a photo. Compare it with versions of its own group.",
            )


def _take(session: Session, wanted: Wanted) -> int:
    if wanted.take != FRESH:
        if session.get(Take, wanted.take) is None:
            raise NotFound("These pictures are gone.", "Choose shared pictures, or new ones.")
        return wanted.take
    made = Take(note="a column of its own")
    session.add(made)
    session.flush()
    return made.id
