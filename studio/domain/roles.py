"""Who may do what: one table from endpoint to the roles that may reach it, applied once in `studio/app.py`."""

from studio.domain.vocabulary import Role

# Reached without a person: files of the pages themselves, and the two questions of a supervisor.
OPEN = frozenset({"static", "health.alive", "health.ready"})

EVERYBODY = frozenset(Role)
ENGINEERS = frozenset({Role.ENGINEER, Role.ADMIN})

MAY: dict[str, frozenset[Role]] = {
    "home.page": EVERYBODY,
    "groups.page": EVERYBODY,
    "groups.apart": EVERYBODY,
    "groups.new": ENGINEERS,
    "groups.add": ENGINEERS,
    "groups.edit": ENGINEERS,
    "groups.save": ENGINEERS,
    "versions.page": EVERYBODY,
    "versions.make_champion": EVERYBODY,  # to decide is the planners' job
    "versions.take_back": EVERYBODY,
    "versions.mark_candidate": EVERYBODY,
    "versions.unmark_candidate": EVERYBODY,
    "versions.note": EVERYBODY,
    "versions.retire": ENGINEERS,
    "versions.bring_back": ENGINEERS,
    "comparisons.page": EVERYBODY,
    "comparisons.rows": EVERYBODY,
    "comparisons.progress": EVERYBODY,
    "comparisons.numbers": EVERYBODY,
    "comparisons.run": EVERYBODY,
    "comparisons.cancel": EVERYBODY,
    "comparisons.retry": EVERYBODY,
    "pictures.full": EVERYBODY,
    "pictures.thumbnail": EVERYBODY,
    "pictures.sized": EVERYBODY,
    "samples.page": EVERYBODY,
    "samples.window": EVERYBODY,
    "samples.ids": EVERYBODY,
    "samples.receive": EVERYBODY,
    "samples.upload": EVERYBODY,
    "samples.tag": EVERYBODY,
    "samples.retire": EVERYBODY,
    "openapi.spec": EVERYBODY,
    "reference.page": EVERYBODY,
    "api_runs.listing": EVERYBODY,
    "api_runs.detail": EVERYBODY,
    "api_runs.cancel": EVERYBODY,
    "nights.listing": EVERYBODY,
    "nights.page": EVERYBODY,
    "nights.progress": EVERYBODY,
    "nights.as_junit": EVERYBODY,
    "nights.as_json": EVERYBODY,
    "nights.run": ENGINEERS,
    "nights.schedule": ENGINEERS,
    "status.page": EVERYBODY,
    "status.lamps": EVERYBODY,
}


def may(role: Role, endpoint: str) -> bool:
    """Whether `role` may reach `endpoint`; nobody may reach one that the table does not name."""
    return role in MAY.get(endpoint, frozenset())
