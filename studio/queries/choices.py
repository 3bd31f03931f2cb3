"""What a comparison can be made of: variants with their controls and sets of photos."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from studio.db.outputs import Controls
from studio.db.samples import SetRevision
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.draft import Draft, Wanted
from studio.domain.inputs import needs, options
from studio.domain.vocabulary import SUITS, Precision, Purpose, VariantState
from studio.errors import NotFound
from studio.queries import groups
from studio.queries.groups import Photos
from studio.queries.leaders import is_candidate
from studio.queries.strips import usual_controls


@dataclass(frozen=True)
class Choice:
    """A variant that can be a column. `needs`: what it wants beside photos; equal in all columns."""

    variant_id: int
    version_id: int
    version: str
    group: str
    group_slug: str
    precision: Precision
    champion: bool
    candidate: bool
    options: Mapping[str, tuple[str, ...]]
    usual: Mapping[str, str]
    needs: tuple[int, int]


@dataclass(frozen=True)
class Choices:
    """Of one group first, then of the others; `variants` by number, `revisions` by number, newest first."""

    group_id: int
    group: str
    slug: str
    compare_revision_id: int
    variants: Mapping[int, Choice]
    revisions: Mapping[int, Photos]

    def find(self, version: str, precision: Precision) -> Choice:
        """The group's own, by name.

        Raises:
            NotFound: it is not ready, or there is none.
        """
        for each in self.variants.values():
            if (each.group_slug, each.version, each.precision) == (self.slug, version, precision):
                return each
        raise NotFound(f"There is no {version} at {precision.value} to be had.", "List the group's versions.")

    def question(self, precisions: tuple[Precision, ...] = (Precision.FP32,)) -> Draft:
        """What the group asks now: champion and candidate, else its two newest versions."""
        own = [each for each in self.variants.values() if each.group_slug == self.slug]
        champion = next((each.version_id for each in own if each.champion), None)
        candidate = next((each.version_id for each in own if each.candidate), None)
        newest = sorted({each.version_id for each in own}, reverse=True)
        asked = [each for each in (champion, candidate) if each]
        asked += [each for each in newest if each not in asked]
        columns = [
            Wanted(each.variant_id, each.usual)
            for version_id in sorted(asked[:2], key=lambda it: (it != champion, it))
            for precision in precisions
            for each in own
            if (each.version_id, each.precision) == (version_id, precision)
        ]
        return Draft(tuple(columns), self.compare_revision_id)


def choices(session: Session, slug: str) -> Choices:
    """In five statements.

    Raises:
        NotFound: there is no such group.
    """
    group = groups.get(session, slug)
    rows = session.execute(
        select(Variant.id, Variant.precision, Version, Group.name, Group.slug, Champion.id, is_candidate())
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .outerjoin(Champion, and_(Champion.version_id == Version.id, Champion.until.is_(None)))
        .where(Variant.state == VariantState.READY)
        .order_by(Group.id != group.id, Group.name, Version.id.desc(), Variant.precision, Variant.id.desc())
    ).all()
    usual = _usual(session, group.id)
    variants = {}
    for variant_id, precision, version, name, line, champion, candidate in rows:
        offered = options(version.manifest)
        controls = {key: usual[key] if usual.get(key) in of else of[0] for key, of in offered.items()}
        variants[variant_id] = Choice(
            variant_id, version.id, version.name, name, line, precision, champion is not None, candidate,
            offered, controls, needs(version.manifest),
        )  # fmt: skip
    return Choices(
        group.id, group.name, slug, group.compare_revision_id or 0, variants, _revisions(session, group)
    )


def _usual(session: Session, group_id: int) -> dict[str, str]:
    """The controls under which the group's versions are mostly shown."""
    found = session.get(Controls, usual_controls(session, [group_id]).get(group_id, 0))
    return dict(found.body) if found else {}


def _revisions(session: Session, group: Group) -> dict[int, Photos]:
    """Sets that may be compared on, and the group's own whatever became of it."""
    rows = session.scalars(
        select(SetRevision)
        .where(
            SetRevision.purpose.in_(SUITS[Purpose.COMPARE]) & SetRevision.retired_at.is_(None)
            | (SetRevision.id == group.compare_revision_id)
        )
        .order_by(SetRevision.name, SetRevision.slug, SetRevision.no.desc())
    )
    return {each.id: Photos(each.id, each.slug, each.name, each.no, each.n, each.purpose) for each in rows}
