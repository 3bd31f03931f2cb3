import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from studio.errors import Unavailable
from studio.gateways.vault import Persists, Vault
from tests.servers.redis import redis_server


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    with redis_server() as socket:
        yield socket


@pytest.fixture
def raw(server: Path) -> Iterator[redis.Redis]:
    opened = redis.Redis(unix_socket_path=str(server))
    opened.flushall()
    opened.config_set("appendonly", "no")
    yield opened
    opened.config_set("appendonly", "no")


@pytest.fixture
def vault(server: Path, raw: redis.Redis) -> Vault:
    del raw
    return Vault(f"unix://{server}")


def test_what_is_held_comes_back_part_by_part(vault: Vault) -> None:
    assert vault.put("k", {"photo": b"\x00\xff", "owner": b"me"}, seconds=60, most=3)
    assert vault.get("k", "owner", "photo", "nothing") == [b"me", b"\x00\xff", None]
    assert 59 < vault.seconds("k") <= 60


def test_everything_of_a_key_ends_together_and_on_time(vault: Vault, raw: redis.Redis) -> None:
    vault.put("k", {"photo": b"1"}, seconds=1, most=3)
    assert vault.add("k", {"result": b"2"})
    time.sleep(1.1)
    assert vault.get("k", "photo", "result") == [None, None]
    assert vault.seconds("k") == 0
    assert not raw.exists("k")


def test_nothing_that_comes_late_revives_what_was_forgotten(vault: Vault, raw: redis.Redis) -> None:
    vault.put("k", {"photo": b"1"}, seconds=60, most=3)
    vault.forget("k")
    assert not vault.add("k", {"result": b"2"})
    assert raw.keys("*") == []


def test_no_more_than_so_many_are_held_until_one_ends(vault: Vault) -> None:
    assert vault.put("a", {"photo": b"1"}, seconds=1, most=2)
    assert vault.put("b", {"photo": b"1"}, seconds=60, most=2)
    assert not vault.put("c", {"photo": b"1"}, seconds=60, most=2)
    assert vault.get("c", "photo") == [None]
    time.sleep(1.1)
    assert vault.put("c", {"photo": b"1"}, seconds=60, most=2)
    vault.forget("b")
    assert vault.put("d", {"photo": b"1"}, seconds=60, most=2)


def test_so_many_have_their_turn_at_once_and_a_killed_one_loses_it(vault: Vault) -> None:
    line = [vault.turn("line", 2, 60) for _ in range(3)]
    with line[0] as first, line[1] as second, line[2] as third:
        assert (first, second, third) == (True, True, False)
    with vault.turn("line", 1, 60) as again:
        assert again
    killed = vault.turn("line", 1, 1)
    assert killed.__enter__()
    time.sleep(1.1)
    with vault.turn("line", 1, 60) as next_one:
        assert next_one


def test_a_redis_that_writes_to_a_disk_holds_nothing(vault: Vault, raw: redis.Redis) -> None:
    raw.config_set("appendonly", "yes")
    with pytest.raises(Persists, match="writes to a disk"):
        vault.put("k", {"photo": b"1"}, seconds=60, most=3)
    assert not raw.exists("k")


def test_a_redis_that_is_away_is_a_sentence() -> None:
    with pytest.raises(Unavailable, match="memory does not answer"):
        Vault("unix:///nowhere/at/all.sock").get("k", "photo")
