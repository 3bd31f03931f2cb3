"""The judgement of a night: what is worse in a candidate than in the champion, beyond what noise explains.

The champion is measured twice (A/A). A difference counts when it is larger than twice the difference of the
champion to itself, and larger than the floor of its metric, below which nobody would see or feel it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import fmean

from studio.domain import fingerprint
from studio.domain.measurement import Numbers, Value
from studio.domain.vocabulary import NightState


class Verdict(StrEnum):
    WORSE = "worse"
    NOISY = "noisy"  # the champion differs from itself by more than the floor: nothing can be said
    INCOMPARABLE = "incomparable"  # the two numbers were not made in the same way
    SAME = "same"
    BETTER = "better"


@dataclass(frozen=True)
class Rule:
    """When a difference of a metric counts.

    floor: in the metric's unit; share: of the champion's own value; the larger of the two holds.
    photo: the floor for one photo alone, None: one photo alone says nothing.
    alarms: False for numbers that are shown but do not speak of quality.
    """

    metric: str
    floor: float = 0.0
    share: float = 0.0
    photo: float | None = None
    higher_is_better: bool = False
    alarms: bool = True

    def least(self, champion: float) -> float:
        return max(self.floor, self.share * abs(champion))


CELLS = (
    Rule("rest", floor=0.05, share=0.5, photo=1.0),
    Rule("hair", floor=3.0, share=0.25, photo=10.0, higher_is_better=True),
    Rule("twin_difference", floor=0.5, photo=2.0),
)
DISTANCES = (
    Rule("fid", share=0.05),
    Rule("kid", share=0.05),
    Rule("fd_standin", share=0.05, alarms=False),  # an untrained network does not know what looks better
    Rule("kid_standin", share=0.05, alarms=False),
)
# Two processes that load one archive may differ by 6 % for as long as they live.
TIME = Rule("cpu_ratio", floor=0.10)
FAILED = "failed"


@dataclass(frozen=True)
class Seen:
    """What a night saw of one column.

    cells: values of its pictures by metric and position of the photo; failed: why a photo has no picture.
    """

    column: int
    version: str
    precision: str
    cells: Mapping[str, Mapping[int, float]]
    numbers: Numbers
    failed: Mapping[int, str]


@dataclass(frozen=True)
class Finding:
    """One comparison of a candidate's column with the champion's.

    difference: how much worse, in the metric's unit (negative: better); noise: the champion to itself.
    low, high: 95 % interval of the difference where it has one; n: photos (1: one photo alone).
    photo: position of the photo that shows it best; said: an error in words, or what is not comparable.
    """

    metric: str
    precision: str
    version: str
    verdict: Verdict
    champion: float | None = None
    candidate: float | None = None
    difference: float | None = None
    tolerance: float | None = None
    noise: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    photo: int | None = None
    columns: tuple[int, int] = (0, 0)
    alarms: bool = True
    said: str = ""


def judge(champion: Seen, again: Seen, candidate: Seen) -> list[Finding]:
    """Every finding about one candidate at one precision; `again` is the champion's second take."""
    found: list[Finding | None] = [_failures(champion, candidate)]
    found += [_over_photos(rule, champion, again, candidate) for rule in CELLS]
    found += [_distance(rule, champion, again, candidate) for rule in DISTANCES]
    found.append(_time(champion, again, candidate))
    return [each for each in found if each is not None]


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """What got worse first: missing pictures, then by how far the tolerance is passed."""
    rank = list(Verdict)
    return sorted(
        findings,
        key=lambda each: (rank.index(each.verdict), not each.alarms, each.metric != FAILED, -_excess(each)),
    )


def state(findings: Sequence[Finding]) -> NightState:
    """What the findings of a complete night come to."""
    verdicts = {each.verdict for each in findings if each.alarms or each.verdict is Verdict.INCOMPARABLE}
    if Verdict.WORSE in verdicts:
        return NightState.REGRESSION
    if verdicts & {Verdict.NOISY, Verdict.INCOMPARABLE}:
        return NightState.UNTRUSTED
    return NightState.OK


def _excess(finding: Finding) -> float:
    if finding.difference is None or not finding.tolerance:
        return 0.0
    return finding.difference / finding.tolerance


def _failures(champion: Seen, candidate: Seen) -> Finding | None:
    """Pictures that the champion has and the candidate has not."""
    lost = {photo: said for photo, said in candidate.failed.items() if photo not in champion.failed}
    if not lost:
        return None
    first = min(lost)
    return Finding(
        FAILED,
        candidate.precision,
        candidate.version,
        Verdict.WORSE,
        champion=float(len(champion.failed)),
        candidate=float(len(candidate.failed)),
        difference=float(len(lost)),
        tolerance=0.0,
        n=len(lost),
        photo=first,
        columns=(champion.column, candidate.column),
        said=lost[first],
    )


def _over_photos(rule: Rule, champion: Seen, again: Seen, candidate: Seen) -> Finding | None:
    """A number of every picture: its mean over the photos, and the one photo where it is worst."""
    base, second, own = (each.cells.get(rule.metric, {}) for each in (champion, again, candidate))
    photos = sorted(base.keys() & second.keys() & own.keys())
    if not photos:
        return None
    sign = -1.0 if rule.higher_is_better else 1.0
    worse = {photo: sign * (own[photo] - base[photo]) for photo in photos}
    apart = {photo: abs(second[photo] - base[photo]) for photo in photos}
    worst = max(photos, key=lambda photo: worse[photo])
    value = fmean(base[photo] for photo in photos)
    noise = abs(fmean(second[photo] - base[photo] for photo in photos))
    pair = (champion, candidate)
    found = _weighed(rule, pair, fmean(worse.values()), noise, rule.least(value))
    own_value = fmean(own[photo] for photo in photos)
    found = replace(found, champion=value, candidate=own_value, n=len(photos), photo=worst)
    if rule.photo is None or found.verdict is Verdict.WORSE:
        return found
    least = max(rule.photo, found.tolerance or 0)  # what all photos together may do, one of them may too
    alone = _weighed(rule, pair, worse[worst], max(apart.values()), least)
    if alone.verdict is not Verdict.WORSE:
        return found
    return replace(alone, champion=base[worst], candidate=own[worst], n=1, photo=worst)


def _distance(rule: Rule, champion: Seen, again: Seen, candidate: Seen) -> Finding | None:
    """A distance to the reference photos, by its paired difference; chance over photos must be excluded."""
    base, own = champion.numbers.own.get(rule.metric), candidate.numbers.own.get(rule.metric)
    if base is None or rule.metric in champion.numbers.against:
        return None  # differences are paired with the first column only; INT8 is judged beside its twin
    pair = (champion, candidate)
    if (parts := _apart(base, own)) is not None:
        return _incomparable(rule, pair, parts)
    paired, second = (each.numbers.against.get(rule.metric) for each in (candidate, again))
    if own is None or paired is None:
        return None
    noise = abs(second.value) if second else 0.0
    low = paired.value if paired.low is None else paired.low
    found = _weighed(rule, pair, paired.value, noise, rule.least(base.value), sure=low > 0)
    return replace(
        found, champion=base.value, candidate=own.value, n=paired.n, low=paired.low, high=paired.high
    )


def _time(champion: Seen, again: Seen, candidate: Seen) -> Finding | None:
    """CPU time as a ratio, measured in alternating rounds against the first column of the night."""
    base, own = champion.numbers.own.get("cpu_ms"), candidate.numbers.own.get("cpu_ms")
    if base is None:
        return None
    if (parts := _apart(base, own)) is not None:
        return _incomparable(TIME, (champion, candidate), parts)
    ratio = _ratio(candidate) / _ratio(champion)
    noise = abs(_ratio(again) / _ratio(champion) - 1)
    found = _weighed(TIME, (champion, candidate), ratio - 1, noise, TIME.floor)
    return replace(found, champion=base.value, candidate=own.value if own else None)


def _ratio(column: Seen) -> float:
    """CPU time to the first column; 1 for the first column itself."""
    found = column.numbers.against.get(TIME.metric)
    return found.value if found else 1.0


def _weighed(
    rule: Rule, pair: tuple[Seen, Seen], worse: float, noise: float, floor: float, *, sure: bool = True
) -> Finding:
    """Verdict and tolerance of a difference; `sure`: chance over photos does not explain it."""
    tolerance = max(2 * noise, floor)
    verdict = Verdict.SAME
    if worse > tolerance and sure:
        verdict = Verdict.WORSE
    elif noise > floor:
        verdict = Verdict.NOISY
    elif worse < -tolerance:
        verdict = Verdict.BETTER
    found = _named(rule, pair, verdict)
    return replace(found, difference=worse, tolerance=tolerance, noise=noise)


def _incomparable(rule: Rule, pair: tuple[Seen, Seen], parts: tuple[str, ...]) -> Finding:
    return replace(_named(rule, pair, Verdict.INCOMPARABLE), said=", ".join(parts))


def _named(rule: Rule, pair: tuple[Seen, Seen], verdict: Verdict) -> Finding:
    champion, candidate = pair
    return Finding(
        rule.metric,
        candidate.precision,
        candidate.version,
        verdict,
        columns=(champion.column, candidate.column),
        alarms=rule.alarms,
    )


def _apart(base: Value, own: Value | None) -> tuple[str, ...] | None:
    """In which parts two numbers were made differently; None where they may be compared."""
    if own is None:
        return ("number",)
    return fingerprint.difference(base.fingerprint, own.fingerprint) or None
