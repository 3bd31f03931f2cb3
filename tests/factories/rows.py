"""What every factory does: number its rows and add them."""

from itertools import count
from typing import TypeVar

from sqlalchemy.orm import Session

Row = TypeVar("Row")

_numbers = count(1)


def number() -> int:
    """A new number, for what must be unique."""
    return next(_numbers)


def added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
