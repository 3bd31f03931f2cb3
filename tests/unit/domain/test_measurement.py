from studio.domain.measurement import NOTHING, Numbers, Value, twin_fact
from studio.domain.vocabulary import Precision
from tests.unit.domain.test_desk import column

FP32, INT8 = column(0), column(1, precision=Precision.INT8)


def value(metric: str, number: float, *, made: str = "same", n: int | None = None) -> Value:
    return Value(metric, number, None, None, n, None, {}, made, None, None)


def numbers(**own: Value) -> Numbers:
    return Numbers(own, {})


def test_a_quantized_column_is_compared_with_its_twin() -> None:
    fact = twin_fact(
        [FP32, INT8],
        {
            0: numbers(cpu_ms=value("cpu_ms", 48), archive_bytes=value("archive_bytes", 20)),
            1: numbers(
                cpu_ms=value("cpu_ms", 20),
                archive_bytes=value("archive_bytes", 5),
                difference_twin_max=value("difference_twin_max", 3, n=24),
            ),
        },
    )
    assert fact is not None
    assert (fact.largest, fact.n, fact.faster, fact.smaller) == (3, 24, 2.4, 4)


def test_times_of_different_fingerprints_are_never_divided() -> None:
    found = {0: numbers(cpu_ms=value("cpu_ms", 48)), 1: numbers(cpu_ms=value("cpu_ms", 20, made="another"))}
    assert twin_fact([FP32, INT8], found) is None


def test_without_cpu_time_the_median_answers() -> None:
    found = {
        0: numbers(latency_p50_ms=value("latency_p50_ms", 50)),
        1: numbers(latency_p50_ms=value("latency_p50_ms", 25)),
    }
    fact = twin_fact([FP32, INT8], found)
    assert fact is not None
    assert (fact.faster, fact.largest, fact.smaller) == (2, None, None)


def test_a_fact_of_several_columns_is_the_least_favourable() -> None:
    columns = [FP32, INT8, column(2, version=2), column(3, version=2, precision=Precision.INT8)]
    found = {
        0: numbers(cpu_ms=value("cpu_ms", 40)),
        1: numbers(cpu_ms=value("cpu_ms", 20), difference_twin_max=value("d", 2)),
        2: numbers(cpu_ms=value("cpu_ms", 40)),
        3: numbers(cpu_ms=value("cpu_ms", 10), difference_twin_max=value("d", 5)),
    }
    fact = twin_fact(columns, found)
    assert fact is not None
    assert (fact.largest, fact.faster) == (5, 2)


def test_what_one_column_lacks_is_not_said_of_all() -> None:
    columns = [FP32, INT8, column(2, version=2), column(3, version=2, precision=Precision.INT8)]
    found = {1: numbers(difference_twin_max=value("d", 2))}
    assert twin_fact(columns, found) is None


def test_a_fact_holds_for_the_photos_that_were_measured_not_for_the_whole_set() -> None:
    largest = Value("d", 2, None, None, None, None, {"n": 23}, "same", None, None)
    fact = twin_fact([FP32, INT8], {1: numbers(difference_twin_max=largest)})
    assert fact is not None
    assert fact.n == 23


def test_columns_without_a_twin_give_no_fact() -> None:
    assert twin_fact([FP32], {0: NOTHING}) is None
    assert twin_fact([], {}) is None
