from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.memory import Resident, leaving

TIMES = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
RESIDENTS = st.lists(
    st.builds(
        Resident,
        archive=st.integers(0, 10**6).map(str),
        size=st.integers(0, 1000),
        last_used=TIMES,
        busy=st.booleans(),
        awaited=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.archive,
)
SIZES = st.integers(0, 3000)


@given(RESIDENTS, SIZES, SIZES)
def test_what_stays_fits_unless_all_of_it_is_busy(
    residents: list[Resident], needed: int, budget: int
) -> None:
    gone = leaving(residents, needed, budget)
    stays = [each for each in residents if each.archive not in gone]
    assert sum(each.size for each in stays) + needed <= budget or all(each.busy for each in stays)


@given(RESIDENTS, SIZES, SIZES)
def test_nothing_busy_goes_and_nothing_goes_without_need(
    residents: list[Resident], needed: int, budget: int
) -> None:
    gone = leaving(residents, needed, budget)
    size = {each.archive: each.size for each in residents}
    assert not set(gone) & {each.archive for each in residents if each.busy}
    if gone:  # one less would not have been enough
        assert sum(size.values()) + needed - sum(size[each] for each in gone[:-1]) > budget


@given(RESIDENTS, SIZES, SIZES)
def test_the_longest_unused_goes_first_and_what_is_awaited_goes_last(
    residents: list[Resident], needed: int, budget: int
) -> None:
    known = {each.archive: each for each in residents}
    gone = [known[archive] for archive in leaving(residents, needed, budget)]
    order = [(each.awaited, each.last_used.timestamp() if each.last_used else 0) for each in gone]
    assert order == sorted(order)
    stays = [each for each in residents if each not in gone and not each.busy]
    if gone and stays:
        assert order[-1] <= min(
            (each.awaited, each.last_used.timestamp() if each.last_used else 0) for each in stays
        )


@given(RESIDENTS, SIZES)
def test_without_a_budget_everything_stays(residents: list[Resident], needed: int) -> None:
    assert leaving(residents, needed, None) == ()
