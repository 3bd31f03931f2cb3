"""What the web test can be tried on: every variant that is ready, and which of them one starts with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from studio.db.endpoints import Deployment
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.vocabulary import DeploymentState, Precision, VariantState, VersionState
from studio.queries.leaders import is_candidate


@dataclass(frozen=True)
class Choice:
    """A variant that can be asked; `attributes` are its controls and their options."""

    variant_id: int
    group: str
    version: str
    precision: Precision
    champion: bool
    candidate: bool
    loaded: bool
    attributes: Mapping[str, Sequence[str]]

    @property
    def name(self) -> str:
        return f"{self.version} {self.precision.value.upper()}"


def choices(session: Session) -> list[Choice]:
    """By group, the newest version first, FP32 before INT8; in one statement."""
    loaded = exists().where(
        Deployment.archive_sha == Variant.archive_sha, Deployment.state == DeploymentState.LOADED
    )
    rows = session.execute(
        select(Variant, Version, Group, Champion.id, is_candidate(), loaded)
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .outerjoin(Champion, and_(Champion.version_id == Version.id, Champion.until.is_(None)))
        .where(Variant.state == VariantState.READY, Version.state != VersionState.RETIRED)
        .order_by(Group.name, Group.id, Version.id.desc(), Variant.precision, Variant.id)
    )
    return [
        Choice(
            variant_id=variant.id,
            group=group.name,
            version=version.name,
            precision=variant.precision,
            champion=champion is not None,
            candidate=candidate,
            loaded=is_loaded,
            attributes=version.manifest.get("attributes", {}),
        )
        for variant, version, group, champion, candidate, is_loaded in rows
    ]


def usual(known: Sequence[Choice]) -> list[Choice]:
    """Champion and candidate in full precision of the first group that has a champion; else the first of all."""
    group = next((each.group for each in known if each.champion), None)
    leading = [
        each
        for each in known
        if each.group == group and each.precision is Precision.FP32 and (each.champion or each.candidate)
    ]
    return sorted(leading, key=lambda each: not each.champion) or list(known[:1])


def controls(shown: Sequence[Choice]) -> dict[str, list[str]]:
    """The controls of these variants with all their options, each once."""
    found: dict[str, list[str]] = {}
    for each in shown:
        for name, options in each.attributes.items():
            known = found.setdefault(name, [])
            known += [option for option in options if option not in known]
    return found
