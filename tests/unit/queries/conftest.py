"""Counts what a page's read asks the database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session


@pytest.fixture
def statements(session: Session) -> Callable[[int], AbstractContextManager[None]]:
    """`with statements(2):` fails unless the block sends exactly two statements."""

    @contextmanager
    def counted(expected: int) -> Iterator[None]:
        sent: list[str] = []

        def note(connection, cursor, statement, *rest):
            if not statement.startswith("BEGIN"):  # SQLite's, sent by a listener of ours
                sent.append(statement)

        session.flush()
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", note)
        assert len(sent) == expected, "\n\n".join(sent)

    return counted
