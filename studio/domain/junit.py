"""The findings of nights as JUnit XML, in the form that Jenkins and GitLab read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from studio.domain.night import Finding, Verdict

# What XML 1.0 cannot hold, §2.2; names and errors may contain anything.
UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NO_VERDICT = frozenset({Verdict.NOISY, Verdict.INCOMPARABLE})


@dataclass(frozen=True)
class Suite:
    """One night of one group; `reason`: why it has no verdict, empty where it is complete."""

    group: str
    started_at: datetime
    seconds: float
    reason: str
    findings: Sequence[Finding]


def xml(suites: Iterable[Suite]) -> str:
    """A document with one suite a night and one case a finding."""
    root = Element("testsuites", name="GAN Studio, night")
    for suite in suites:
        _suite(root, suite)
    totals = ("tests", "failures", "errors")
    for name in totals:
        root.set(name, str(sum(int(each.get(name, "0")) for each in root)))
    indent(root)
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"
    return UNSPEAKABLE.sub("", text)


def _suite(root: Element, suite: Suite) -> None:
    element = SubElement(root, "testsuite", name=suite.group)
    case = SubElement(element, "testcase", classname=suite.group, name="the night is complete", time="0")
    if suite.reason:
        SubElement(case, "error", type="incomplete", message=suite.reason)
    for finding in suite.findings:
        _case(element, suite.group, finding)
    counts = {
        "tests": len(element),
        "failures": len(element.findall("testcase/failure")),
        "errors": len(element.findall("testcase/error")),
        "skipped": len(element.findall("testcase/skipped")),
    }
    for name, count in counts.items():
        element.set(name, str(count))
    element.set("time", f"{suite.seconds:.1f}")
    element.set("timestamp", suite.started_at.strftime("%Y-%m-%dT%H:%M:%S"))


def _case(suite: Element, group: str, finding: Finding) -> None:
    name = f"{finding.metric} {finding.precision}"
    case = SubElement(suite, "testcase", classname=f"{group}.{finding.version}", name=name, time="0")
    if finding.verdict is Verdict.WORSE and finding.alarms:
        SubElement(case, "failure", type=finding.metric, message=sentence(finding))
    elif finding.verdict in NO_VERDICT:
        SubElement(case, "error", type=finding.verdict.value, message=sentence(finding))
    else:
        SubElement(case, "system-out").text = sentence(finding)


def sentence(finding: Finding) -> str:
    """A finding in one plain line, for logs."""
    if finding.difference is None or finding.tolerance is None:
        return f"not comparable: {finding.said}"
    values = ""
    if finding.champion is not None and finding.candidate is not None:
        values = f"{finding.candidate:.4g} against {finding.champion:.4g}, "
    photo = "" if finding.photo is None else f", see photo {finding.photo + 1}"
    said = f": {finding.said}" if finding.said else ""
    return f"{values}worse by {finding.difference:.4g}, tolerance {finding.tolerance:.4g}{photo}{said}"
