"""One line a record: time, level, what happened, and only the keys that the caller chose."""

import structlog


def plain() -> None:
    """No colours, no pictures of tracebacks with local variables: those may hold photos and secrets."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=("timestamp", "level", "event")),
        ]
    )
