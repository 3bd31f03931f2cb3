"""How a night and what it found read on the pages: what got worse, by how much, and what would have passed."""

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from studio.domain.night import FAILED, Finding, Verdict
from studio.domain.vocabulary import NightState
from studio.queries.nights import Entry
from studio.web import glossary
from studio.web.sentences import said
from studio.web.wording import THIN, figures


def night(entry: Entry) -> str:
    """The answer in one sentence."""
    if entry.state is NightState.RUNNING:
        return str(_("Under way"))
    if entry.state is NightState.UNTRUSTED:
        return said(entry.reason) or str(_("Nothing can be said"))
    if entry.state is NightState.OK:
        return str(_("Nothing got worse") if entry.candidates else _("The champion is as it was"))
    worst = sorted({each.version for each in entry.worse})
    return str(_("%(versions)s got worse: %(what)s", versions=", ".join(worst), what=title(entry.worse[0])))


def heading(entry: Entry) -> str:
    """The answer above the findings."""
    if entry.state is not NightState.REGRESSION:
        return night(entry)
    names = ", ".join(sorted({each.version for each in entry.worse}))
    return str(
        ngettext(
            "%(versions)s got worse in one way",
            "%(versions)s got worse in %(num)s ways",
            len(ways(entry)),
            versions=names,
        )
    )


def ways(entry: Entry) -> list[list[Finding]]:
    """What got worse, each told once: first at the precision that shows it best."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for each in entry.worse:
        found.setdefault((each.version, each.metric), []).append(each)
    return list(found.values())


def facts(entry: Entry) -> list[str]:
    """What was measured, on what, and how long it took."""
    parts = [entry.group, str(format_date(entry.date))]
    if entry.champion:
        candidates = ", ".join(entry.candidates) or _("no candidate")
        parts.append(
            str(_("%(candidates)s beside %(champion)s", candidates=candidates, champion=entry.champion))
        )
    if entry.photos:
        photos = ngettext("%(num)s photo", "%(num)s photos", entry.photos)
        parts.append(f"{entry.revision}, {photos}")
    if entry.seconds:
        parts.append(str(_("took %(seconds)s s", seconds=round(entry.seconds))))
    return parts


def title(finding: Finding) -> str:
    """What got worse, in a few words."""
    known: dict[str, str] = {
        FAILED: _("makes no picture of some photos"),
        "rest": _("changes more of what is not hair"),
        "hair": _("changes the hair less"),
        "twin_difference": _("INT8 strays further from FP32"),
        "fid": _("further from the reference photos"),
        "kid": _("further from the reference photos"),
        "fd_standin": _("further from the reference photos"),
        "kid_standin": _("further from the reference photos"),
        "cpu_ratio": _("takes more processor time"),
    }
    return known[finding.metric]


def label(finding: Finding) -> str:
    """The name of the number."""
    known: dict[str, str] = {
        FAILED: _("missing pictures"),
        "rest": _("change of the rest"),
        "hair": _("change of the hair"),
        "twin_difference": _("INT8 beside FP32"),
        "cpu_ratio": _("CPU time"),
    }
    return known.get(finding.metric) or glossary.label(finding.metric)


def amount(finding: Finding, value: float | None) -> str:
    """A value of a column with its unit."""
    if value is None:
        return "–"
    if finding.metric == FAILED:
        return str(ngettext("%(num)s photo", "%(num)s photos", int(value)))
    return f"{figures(value)}{_unit(finding)}"


def apart(finding: Finding, value: float | None) -> str:
    """A difference, a tolerance or a noise, with its unit."""
    if value is None:
        return "–"
    if finding.metric == "cpu_ratio":
        return f"{figures(value * 100)}{THIN}%"
    return amount(finding, value)


def measured(finding: Finding) -> str:
    """Candidate beside champion, in a sentence."""
    if finding.metric == FAILED:
        return said(finding.said)
    given = {
        "candidate": finding.version,
        "value": amount(finding, finding.candidate),
        "champion": amount(finding, finding.champion),
    }
    if finding.n == 1:
        return str(_("On this photo alone: %(value)s, the champion %(champion)s.", **given))
    return str(_("%(value)s, the champion %(champion)s.", **given))


def allowed(finding: Finding) -> str:
    """How much worse it is, and how much would have passed."""
    if finding.metric == FAILED:
        return str(_("None may be missing."))
    return str(
        _(
            "Worse by %(difference)s; up to %(tolerance)s would have passed. The champion beside itself: %(noise)s.",
            difference=apart(finding, finding.difference),
            tolerance=apart(finding, finding.tolerance),
            noise=apart(finding, finding.noise),
        )
    )


def verdict(finding: Finding) -> str:
    """One word and its sign."""
    if finding.verdict is Verdict.WORSE and not finding.alarms:
        return str(_("▼ worse, but it does not speak of quality"))
    known: dict[Verdict, str] = {
        Verdict.WORSE: _("▼ worse"),
        Verdict.NOISY: _("? not sure"),
        Verdict.INCOMPARABLE: _("? not comparable"),
        Verdict.SAME: _("= the same"),
        Verdict.BETTER: _("▲ better"),
    }
    return known[finding.verdict]


def unclear(finding: Finding) -> str:
    """Why a number says nothing."""
    if finding.said:
        return str(_("The two numbers were not made in the same way: %(parts)s.", parts=finding.said))
    return str(
        _(
            "The champion differs from itself by %(noise)s, more than what would count.",
            noise=apart(finding, finding.noise),
        )
    )


def _unit(finding: Finding) -> str:
    units = {"rest": "%", "hair": "ΔE", "cpu_ratio": "ms"}
    if finding.metric == "twin_difference":
        return f" {_('of 255')}"
    unit = units.get(finding.metric, "")
    return f"{THIN}{unit}" if unit else ""
