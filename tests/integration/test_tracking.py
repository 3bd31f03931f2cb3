import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from mlflow import MlflowClient

from studio.domain.statistics import Estimate, Fact
from studio.errors import TrackingUnavailable
from studio.gateways.tracking import KEY, MlflowTracking
from tests.servers.mlflow import MlflowServer, free_port, mlflow_server
from workers import publishing
from workers.publishing import TrackingRefused, publish

AT = 1_790_000_000_000
NUMBERS = {"fd_standin": Estimate(12.5, 10.0, 15.0, 24), "archive_bytes": Fact(8_012_345)}
TABLE = [{"sample": "astronaut", "psnr": 41.5}, {"sample": "render, 7", "psnr": 40.25}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        yield running


@pytest.fixture
def experiment() -> str:
    return f"hair colour {uuid4().hex}"


def runs(server: MlflowServer, experiment: str) -> list:
    client = MlflowClient(server.address)
    return client.search_runs([client.get_experiment_by_name(experiment).experiment_id])


def test_what_is_published_is_read_back_whole(server: MlflowServer, experiment: str) -> None:
    mlflow_run_id = publish(
        server.address, experiment, "set/0/a", {"studio.fingerprint": "f"}, NUMBERS, TABLE, AT
    )
    found = MlflowTracking(server.address).read(experiment, ["set/0/a", "set/0/never"])
    assert found.keys() == {"set/0/a"}
    assert found["set/0/a"].mlflow_run_id == mlflow_run_id
    assert found["set/0/a"].metrics == NUMBERS
    assert found["set/0/a"].tags["studio.fingerprint"] == "f"


def test_one_read_finds_every_column_of_a_comparison(server: MlflowServer, experiment: str) -> None:
    keys = [f"set/0/{variant}" for variant in ("a", "b", "ab")]
    for place, key in enumerate(keys):
        publish(server.address, experiment, key, {}, {"kid": Fact(place)}, None, AT)
    found = MlflowTracking(server.address).read(experiment, ["set/0/a", "set/0/ab"])
    assert {key: one.metrics["kid"] for key, one in found.items()} == {
        "set/0/a": Fact(0),
        "set/0/ab": Fact(2),
    }


def test_publishing_twice_is_one_run_with_one_point_a_metric(server: MlflowServer, experiment: str) -> None:
    first = publish(server.address, experiment, "k", {}, NUMBERS, TABLE, AT)
    assert publish(server.address, experiment, "k", {}, NUMBERS, TABLE, AT) == first
    assert [run.info.run_id for run in runs(server, experiment)] == [first]
    client = MlflowClient(server.address)
    assert [point.value for point in client.get_metric_history(first, "fd_standin")] == [12.5]
    assert [file.path for file in client.list_artifacts(first)] == [publishing.TABLE]


@pytest.mark.parametrize("stage", ["_points", "_write", "_csv"])
def test_a_writer_killed_between_two_calls_leaves_nothing_double(
    server: MlflowServer, experiment: str, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing, stage, killed)
        with pytest.raises(KeyboardInterrupt):
            publish(server.address, experiment, "k", {}, NUMBERS, TABLE, AT)
    publish(server.address, experiment, "k", {}, NUMBERS, TABLE, AT)
    (run,) = runs(server, experiment)
    assert run.info.status == "FINISHED"
    assert MlflowTracking(server.address).read(experiment, ["k"])["k"].metrics == NUMBERS


def test_two_writers_that_overtook_each_other_leave_one_run(server: MlflowServer, experiment: str) -> None:
    kept = publish(server.address, experiment, "k", {}, NUMBERS, None, AT)
    client = MlflowClient(server.address)
    client.create_run(runs(server, experiment)[0].info.experiment_id, tags={KEY: "k"})
    assert len(runs(server, experiment)) == 2
    assert MlflowTracking(server.address).read(experiment, ["k"])["k"].mlflow_run_id == kept
    assert publish(server.address, experiment, "k", {}, NUMBERS, None, AT) == kept
    assert [run.info.run_id for run in runs(server, experiment)] == [kept]


def test_writers_that_publish_at_the_same_moment_agree_on_one_run(
    server: MlflowServer, experiment: str
) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = [
            pool.submit(publish, server.address, experiment, "k", {}, NUMBERS, None, AT) for _ in range(3)
        ]
    assert len({each.result() for each in found}) == 1
    assert len(runs(server, experiment)) == 1


def test_later_numbers_join_those_already_there(server: MlflowServer, experiment: str) -> None:
    publish(server.address, experiment, "k", {}, NUMBERS, None, AT)
    publish(server.address, experiment, "k", {}, {"latency_p50_ms": Fact(31.0)}, None, AT + 60_000)
    found = MlflowTracking(server.address).read(experiment, ["k"])["k"]
    assert found.metrics == {**NUMBERS, "latency_p50_ms": Fact(31.0)}


def test_a_value_changed_by_mlflows_own_client_is_what_is_read(server: MlflowServer, experiment: str) -> None:
    mlflow_run_id = publish(server.address, experiment, "k", {}, NUMBERS, None, AT)
    MlflowClient(server.address).log_metric(mlflow_run_id, "fd_standin", 99.0)
    found = MlflowTracking(server.address).read(experiment, ["k"])["k"]
    assert found.metrics["fd_standin"] == Estimate(99.0, 10.0, 15.0, 24)


def test_an_experiment_that_is_not_there_holds_nothing(server: MlflowServer, experiment: str) -> None:
    assert MlflowTracking(server.address).read(experiment, ["k"]) == {}


def test_a_name_that_mlflow_refuses_is_not_tried_again(server: MlflowServer, experiment: str) -> None:
    with pytest.raises(TrackingRefused) as refused:
        publish(server.address, experiment, "k", {}, {"FD (stand-in)": Fact(1.0)}, None, AT)
    assert refused.value.permanent


def test_a_server_that_is_gone_is_said_at_once() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    started = time.monotonic()
    with pytest.raises(TrackingUnavailable) as unread:
        MlflowTracking(address).read("any", ["k"])
    assert time.monotonic() - started < 2.5
    assert not unread.value.permanent
    with pytest.raises(TrackingUnavailable, match="did not take the numbers"):
        publish(address, "any", "k", {}, NUMBERS, None, AT)


def test_a_server_that_hangs_costs_no_more_than_the_limit(server: MlflowServer) -> None:
    os.killpg(server.process.pid, signal.SIGSTOP)
    started = time.monotonic()
    try:
        with pytest.raises(TrackingUnavailable):
            MlflowTracking(server.address).read("any", ["k"])
    finally:
        os.killpg(server.process.pid, signal.SIGCONT)
    assert time.monotonic() - started < 2.5
