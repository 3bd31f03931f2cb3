"""Who may do what: one table from endpoint to the roles that may reach it, applied once in `studio/app.py`."""

from studio.domain.vocabulary import Role

# Reached without a person: files of the pages themselves, and the two questions of a supervisor.
OPEN = frozenset({"static", "health.alive", "health.ready"})

EVERYBODY = frozenset(Role)

MAY: dict[str, frozenset[Role]] = {
    "home.page": EVERYBODY,
    "comparisons.page": EVERYBODY,
    "comparisons.rows": EVERYBODY,
    "comparisons.progress": EVERYBODY,
    "comparisons.numbers": EVERYBODY,
    "comparisons.run": EVERYBODY,
    "comparisons.cancel": EVERYBODY,
    "comparisons.retry": EVERYBODY,
    "pictures.full": EVERYBODY,
    "pictures.thumbnail": EVERYBODY,
    "openapi.spec": EVERYBODY,
    "reference.page": EVERYBODY,
    "api_runs.listing": EVERYBODY,
    "api_runs.detail": EVERYBODY,
    "api_runs.cancel": EVERYBODY,
    "status.page": EVERYBODY,
    "status.lamps": EVERYBODY,
}


def may(role: Role, endpoint: str) -> bool:
    """Whether `role` may reach `endpoint`; nobody may reach one that the table does not name."""
    return role in MAY.get(endpoint, frozenset())
