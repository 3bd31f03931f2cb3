from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from studio.app import create_app
from studio.domain.vocabulary import MEASUREMENTS
from studio.web import glossary, wording


@pytest.fixture(autouse=True)
def page(studio_var: Path) -> Iterator[None]:
    del studio_var
    with create_app().test_request_context():
        yield


@pytest.mark.parametrize(
    ("value", "text"),
    [(118.4, "118"), (35.42, "35.4"), (2.406, "2.41"), (-0.0321, "−0.0321"), (3.0, "3"), (0.71, "0.71")],
)
def test_a_number_has_three_figures_at_most(value: float, text: str) -> None:
    assert wording.figures(value) == text


@given(value=st.floats(-1e6, 1e6), digits=st.none() | st.integers(0, 4))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_number_that_reads_as_zero_has_no_sign(value: float, digits: int | None) -> None:
    text = wording.figures(value, signed=True, digits=digits)
    if not text.strip("−+0.,"):
        assert text[0] not in "−+"
    else:
        assert text[0] == ("−" if value < 0 else "+")


@given(low=st.floats(-1e4, 1e4), width=st.floats(0, 1e4))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_interval_never_asks_for_six_decimals(low: float, width: float) -> None:
    assert 0 <= (wording.decimals(low, low + width) or 0) <= 4


@pytest.mark.parametrize(("share", "text"), [(0.0, "0 %"), (0.001, "< 1 %"), (0.224, "22 %"), (1.0, "100 %")])
def test_what_is_not_nothing_never_reads_as_nothing(share: float, text: str) -> None:
    assert wording.percent(share).replace(wording.THIN, " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "just now"), (130, "2 minutes ago"), (7300, "2 hours ago")]
)
def test_a_time_reads_as_people_say_it(seconds: int, text: str) -> None:
    assert wording.ago(datetime.now(UTC) - timedelta(seconds=seconds)) == text


@pytest.mark.parametrize("key", MEASUREMENTS)
def test_every_measurement_has_a_name_and_a_written_form(key: str) -> None:
    assert glossary.label(key)
    assert glossary.amount(key, 0.5)


@pytest.mark.parametrize(("p", "text"), [(0.0004, "< 0.001"), (0.0321, "= 0.032"), (0.41, "= 0.41")])
def test_a_chance_is_written_as_papers_do(p: float, text: str) -> None:
    assert glossary.chance(p) == text
