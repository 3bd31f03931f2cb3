from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.cli import fleet
from studio.services.health import NAMES
from studio.settings import Settings


def table(var: str) -> Settings:
    return fleet.placed(Settings(var=Path(var)))


def test_every_need_is_a_service_that_comes_earlier() -> None:
    seen: set[str] = set()
    for service in fleet.fleet(table("/tmp/studio-var"), "all"):
        assert set(service.needs) <= seen
        seen.add(service.name)
    assert seen == {*NAMES, "migrations", "demo"}


def test_services_inherit_the_addresses_of_this_start(tmp_path: Path) -> None:
    placed = table(str(tmp_path))
    inherited = fleet.environment(placed)
    assert inherited["STUDIO_VAR"] == str(tmp_path)
    assert inherited["STUDIO_MLFLOW"] == placed.mlflow
    assert inherited["STUDIO_MLFLOW"].startswith("http://127.0.0.1:")


def test_redis_has_no_port_and_keeps_nothing_on_disk(tmp_path: Path) -> None:
    (redis,) = (each for each in fleet.fleet(table(str(tmp_path)), "none") if each.name == "redis")
    words = dict(zip(redis.command[1::2], redis.command[2::2], strict=True))
    assert (words["--port"], words["--appendonly"], words["--save"]) == ("0", "no", "")


def test_every_place_of_the_serving_settings_is_filled_in(tmp_path: Path) -> None:
    placed = fleet.placed(Settings(var=tmp_path / "var", sockets=tmp_path))
    fleet.prepare(placed)
    text = (placed.run / "config.properties").read_text()
    settings = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert not any("{" in line for line in settings)
    assert f"model_store={placed.archives}" in settings


@given(n=st.integers(1, 20))
def test_free_ports_differ(n: int) -> None:
    assert len(set(fleet.free_ports(n))) == n
