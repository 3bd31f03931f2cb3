import random
from collections.abc import Callable, Iterator

import pytest

from workers.metrics.latency import MOST_ROUNDS, Timing, rounds


def column(
    cpu_ms: float, waiting: float = 1.0, calls: list[str] | None = None, name: str = ""
) -> Callable[[], Timing]:
    """A column whose calls take `cpu_ms` of CPU and `waiting` times as long, with some jitter."""
    rng = random.Random(cpu_ms)

    def call() -> Timing:
        if calls is not None:
            calls.append(name)
        cpu = cpu_ms * rng.uniform(0.98, 1.02)
        return Timing(cpu * waiting + 3, 0.5, 1, cpu * waiting - 2, 1, cpu)

    return call


def quiet() -> int:
    return 0


def test_every_round_calls_every_column_once_in_changing_order() -> None:
    calls: list[str] = []
    rounds({name: column(20, calls=calls, name=name) for name in "abc"}, n=40, warmup=2, waited_us=quiet)
    orders = {"".join(calls[i : i + 3]) for i in range(0, len(calls), 3)}
    assert len(calls) == 3 * 42
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)
    assert len(orders) == 6


def test_warm_up_is_not_measured() -> None:
    found = rounds({"a": column(20)}, n=12, warmup=5, waited_us=quiet)
    assert len(found.timings["a"]) == 12


def test_a_column_ten_percent_slower_is_told_from_its_equal() -> None:
    found = rounds({"champion": column(20), "equal": column(20.001), "slower": column(22)}, waited_us=quiet)
    first, equal, slower = (found.columns[name].cpu_ratio for name in ("champion", "equal", "slower"))
    assert first is not None
    assert equal is not None
    assert slower is not None
    assert first.value == 1.0
    assert equal.low < 1.0 < equal.high
    assert slower.low > 1.05
    assert slower.value == pytest.approx(1.1, abs=0.02)


@pytest.mark.parametrize(("n", "supported"), [(10, ()), (11, ("p50",)), (64, ("p50", "p90"))])
def test_percentiles_appear_only_where_the_rounds_support_them(n: int, supported: tuple[str, ...]) -> None:
    found = rounds({"a": column(20)}, n=n, waited_us=quiet).columns["a"]
    assert tuple(name for name in ("p50", "p90", "p99") if getattr(found, name)) == supported


def test_queue_and_compute_are_kept_apart() -> None:
    found = rounds({"a": column(20)}, waited_us=quiet).columns["a"]
    assert found.queue is not None
    assert found.compute is not None
    assert found.queue.value == 0.5
    assert found.compute.value == pytest.approx(20, abs=0.5)


def test_a_quiet_machine_is_trusted_after_one_block() -> None:
    found = rounds({"a": column(20)}, n=40, waited_us=quiet)
    assert found.trusted
    assert len(found.timings["a"]) == 40


def test_a_machine_that_stays_busy_is_measured_longer_and_then_said_to_be() -> None:
    found = rounds({"a": column(20, waiting=1.3)}, n=40, waited_us=quiet)
    assert not found.trusted
    assert "only 77%" in found.disturbance
    assert len(found.timings["a"]) == MOST_ROUNDS


def test_a_disturbance_that_passes_costs_one_block() -> None:
    waited: Iterator[int] = iter([0, 10**9, 10**9, 10**9])
    found = rounds({"a": column(20)}, n=20, waited_us=lambda: next(waited))
    assert found.trusted
    assert len(found.timings["a"]) == 20


def test_without_pressure_figures_the_share_of_cpu_time_decides() -> None:
    assert rounds({"a": column(20)}, n=11, waited_us=lambda: None).trusted
    assert not rounds({"a": column(20, waiting=2)}, n=11, waited_us=lambda: None).trusted
