"""What the serving of picture files reads."""

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from studio.db.outputs import Output
from studio.db.samples import Sample


def known(session: Session, sha: str) -> bool:
    """Whether a sample that is not erased, or an output, has this content. One statement."""
    sample = exists().where(Sample.content_sha == sha, Sample.erased_at.is_(None))
    output = exists().where(Output.blob_sha == sha)
    return bool(session.scalar(select(or_(sample, output))))
