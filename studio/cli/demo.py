"""`studio demo`: photos, two groups and five versions with a story, told one after the other as a studio would."""

import time
from collections.abc import Callable

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from samples import pictures
from studio.cli import story
from studio.cli.story import Chapter, Line
from studio.db import session as db
from studio.db.runs import Run
from studio.db.samples import SetRevision
from studio.db.versions import Champion, Group, Version
from studio.domain.vocabulary import OPEN_RUNS, Purpose, VersionState
from studio.gateways.storage import Storage
from studio.queries import groups as lines
from studio.queries.registering import latest
from studio.services import accounts, annotations, champions, comparisons, groups, registering, samples, sets
from studio.services.groups import Wording
from studio.services.registering import Registration
from studio.services.samples import Photo
from studio.settings import settings

LOOK_S = 1.0


@click.command()
@click.option("--first", is_flag=True, help="Only the photos and the first version, without waiting for it.")
def demo(first: bool) -> None:
    """Add the demo; what is there already stays, what was interrupted goes on."""
    for line in story.LINES:
        _prepare(line)
        for chapter in line.chapters:
            _tell(line, chapter, wait=not first)
            if first:
                return
    click.echo("The demo is complete.")


def _prepare(line: Line) -> None:
    """The group with its sets of photos."""
    with db.session(settings().database_url) as session:
        person = accounts.local_person(session)
        group = groups.find(session, line.slug)
        if group is not None and group.compare_revision_id is not None:
            return
        revisions = {
            purpose: _revision(session, person.id, purpose, *of) for purpose, of in line.sets.items()
        }
        wording = Wording(line.name, line.lane, line.brief, {use: each.id for use, each in revisions.items()})
        if group is None:
            groups.add(session, person.id, line.slug, wording)
        else:
            groups.edit(session, person.id, line.slug, wording)


def _revision(session: Session, person_id: int, purpose: Purpose, key: str, name: str) -> SetRevision:
    """The set of these photos, read into the library where it is not there yet."""
    slug = f"demo-{key}"
    if known := session.scalar(
        select(SetRevision).where(SetRevision.slug == slug).order_by(SetRevision.no.desc())
    ):
        return known
    files = pictures.files(key)
    click.echo(f"Reading {len(files)} photos: {name}.")
    ids = [_photo(session, person_id, pictures.read(file)) for file in files]
    return sets.add_revision(session, person_id, slug, purpose, ids, name=name)


def _photo(session: Session, person_id: int, picture: pictures.Picture) -> int:
    storage = Storage(settings().objects)
    photo = Photo(
        picture.name, picture.data, picture.source, picture.licence, picture.tags, hair_mask=picture.hair
    )
    sample = samples.add_photo(session, storage, person_id, photo)
    if picture.landmarks:
        annotations.set_landmarks(session, person_id, sample.id, picture.landmarks)
    if picture.target:
        annotations.set_target(session, person_id, sample.id, picture.target)
    return sample.id


def _tell(line: Line, chapter: Chapter, *, wait: bool) -> None:
    """Register a version; once its pictures are made, decide about it as the story says."""
    if not chapter.folder.is_dir():
        return
    if not _with(line, chapter, _registered):
        _with(line, chapter, _register)
        click.echo(f"{line.name}: {chapter.name} is being packaged, loaded and compared.")
    if not wait:
        return
    while _with(line, chapter, _under_way):
        time.sleep(LOOK_S)
    if _with(line, chapter, _decide):
        click.echo(f"{line.name}: {chapter.name} is the champion.")


def _with(line: Line, chapter: Chapter, act: Callable[[Session, Group, Chapter], bool]) -> bool:
    """One short session, so that nobody waits for the story."""
    with db.session(settings().database_url) as session:
        return act(session, lines.get(session, line.slug), chapter)


def _version(session: Session, group: Group, chapter: Chapter) -> Version | None:
    return session.scalar(select(Version).where(Version.group_id == group.id, Version.name == chapter.name))


def _registered(session: Session, group: Group, chapter: Chapter) -> bool:
    return _version(session, group, chapter) is not None


def _register(session: Session, group: Group, chapter: Chapter) -> bool:
    weights = chapter.weights
    asked = Registration(
        name=chapter.name,
        checkpoint=registering.keep(
            session, Storage(settings().objects), weights.name, [weights.read_bytes()]
        ),
        manifest=chapter.manifest,
        params=chapter.params,
        card=chapter.card,
        notes=chapter.notes,
        parents=chapter.parents,
        controls=chapter.controls,
    )
    registering.register(session, accounts.local_person(session).id, group, asked)
    return True


def _under_way(session: Session, group: Group, chapter: Chapter) -> bool:
    """Whether the version is being registered, or its first comparison made."""
    version = _version(session, group, chapter)
    run = latest(session, version.id) if version else None
    if run is None:
        return False
    if run.state in OPEN_RUNS:
        return True
    made = select(Run).where(Run.comparison_id == run.args.get("comparison"), Run.state.in_(OPEN_RUNS))
    return session.scalar(made.limit(1)) is not None


def _decide(session: Session, group: Group, chapter: Chapter) -> bool:
    """Make it the champion and pin its comparison, if the story says so and it never was; whether it was made."""
    version = _version(session, group, chapter)
    if version is None or version.state is not VersionState.SERVING or not chapter.reason:
        return False
    if session.scalar(select(Champion.id).where(Champion.version_id == version.id).limit(1)):
        return False
    person = accounts.local_person(session)
    run = latest(session, version.id)
    champions.make(session, person.id, version, chapter.reason)
    if run is not None and chapter.pinned and "comparison" in run.args:
        comparisons.pin(session, person.id, run.args["comparison"], pinned=True)
    return True
