from pathlib import Path

import pytest
from pydantic import ValidationError

from studio.settings import Settings

LONGEST_SOCKET = 107


def test_without_a_word_everything_lies_under_var(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STUDIO_VAR", raising=False)
    monkeypatch.chdir(tmp_path)
    found = Settings()
    assert found.database_url == f"sqlite:///{tmp_path}/var/studio.db"
    assert found.objects.is_relative_to(tmp_path / "var")
    assert found.inference_address.startswith("unix:")


def test_the_environment_speaks_for_production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("DATABASE", "postgresql+psycopg://studio@db/studio"),
        ("BROKER", "redis://queue:6379/0"),
        ("INFERENCE", "http://ts:8080"),
        ("WEB_HOSTS", '["studio.example"]'),
    ):
        monkeypatch.setenv(f"STUDIO_{name}", value)
    found = Settings()
    assert found.database_url == "postgresql+psycopg://studio@db/studio"
    assert found.redis_url == found.broker_url == "redis://queue:6379/0"
    assert found.inference_address == "http://ts:8080"
    assert found.web_hosts == ("studio.example",)


def test_celery_and_redis_py_spell_the_same_socket_each_in_its_way() -> None:
    found = Settings(var=Path("/somewhere"))
    socket = found.run / "redis.sock"
    assert found.broker_url == f"redis+socket://{socket}?virtual_host=0"
    assert found.redis_url == f"unix://{socket}?db=0"


def test_sockets_are_short_and_two_clones_do_not_share_them(tmp_path: Path) -> None:
    deep = tmp_path / ("long name " * 12)
    runs = {Settings(var=deep / clone).run for clone in ("one", "two")}
    assert len(runs) == 2
    assert all(len(str(run / "management.sock")) <= LONGEST_SOCKET for run in runs)


@pytest.mark.parametrize(
    ("name", "value"), [("WEB_PORT", "99999"), ("WEB_PORT", "none"), ("SERVING_WORKERS", "0")]
)
def test_a_bad_value_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"STUDIO_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_settings_do_not_change_while_the_studio_runs() -> None:
    with pytest.raises(ValidationError):
        Settings().web_port = 1  # type: ignore[misc]
