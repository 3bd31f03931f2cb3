from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from studio.domain import junit
from studio.domain.junit import Suite
from studio.domain.night import Finding, Verdict

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

# Attributes and children that the schema of Jenkins' xUnit plugin (junit-10.xsd) knows, as far as we write them.
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "system-out": set(),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "system-out"},
}

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
findings = st.builds(
    Finding,
    metric=st.sampled_from(["rest", "fid", "cpu_ratio", "failed"]),
    precision=st.sampled_from(["fp32", "int8"]),
    version=st.text(min_size=1),
    verdict=st.sampled_from(Verdict),
    champion=numbers,
    candidate=numbers,
    difference=numbers,
    tolerance=numbers,
    photo=st.none() | st.integers(0, 99),
    alarms=st.booleans(),
    said=st.text(),
)


def suite(*found: Finding, reason: str = "") -> Suite:
    return Suite("Hair colour", AT, 44.5, reason, found)


def read(*suites: Suite) -> ET.Element:
    return ET.fromstring(junit.xml(suites))


@given(st.lists(st.lists(findings, max_size=4), max_size=3), st.text())
def test_whatever_was_found_the_document_keeps_to_the_schema_of_ci_servers(
    nights: list[list[Finding]], reason: str
) -> None:
    root = read(*(suite(*found, reason=reason) for found in nights))
    for element in root.iter():
        assert element.attrib.keys() <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    for each in root:
        assert int(each.get("tests", "")) == len(each)
        assert int(each.get("failures", "")) == len(each.findall("testcase/failure"))
        assert int(each.get("errors", "")) == len(each.findall("testcase/error"))
    assert int(root.get("tests", "")) == sum(len(each) for each in root)


def test_what_got_worse_is_a_failure_with_its_numbers() -> None:
    worse = Finding(
        "rest",
        "fp32",
        "v3",
        Verdict.WORSE,
        champion=0.3,
        candidate=1.5,
        difference=1.2,
        tolerance=0.2,
        photo=6,
    )
    [case] = read(suite(worse)).findall(".//failure/..")
    assert (case.get("classname"), case.get("name")) == ("Hair colour.v3", "rest fp32")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "1.5 against 0.3, worse by 1.2, tolerance 0.2, see photo 7"


def test_what_cannot_be_said_is_an_error_and_what_does_not_alarm_is_neither() -> None:
    unclear = Finding("fid", "fp32", "v3", Verdict.INCOMPARABLE, said="chain")
    quiet = Finding("kid_standin", "fp32", "v3", Verdict.WORSE, difference=1.0, tolerance=0.1, alarms=False)
    root = read(suite(unclear, quiet))
    assert [each.get("message") for each in root.iter("error")] == ["not comparable: chain"]
    assert list(root.iter("failure")) == []


def test_a_night_that_is_not_complete_is_one_error_with_its_reason() -> None:
    [error] = read(suite(reason="Not running: torchserve.")).iter("error")
    assert (error.get("type"), error.get("message")) == ("incomplete", "Not running: torchserve.")
