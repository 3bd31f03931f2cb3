"""What must never lie on a disk: personal photos, in the memory of a Redis that persists nothing.

Everything of one photo is one key, so that it dies at once and together.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from secrets import token_hex

from studio.errors import StudioError, Unavailable

KEYS = "vault"  # all keys that are held, by the moment they end
CONNECT_S, ANSWER_S = 2.0, 10.0

_PUT = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[2], KEYS[2])
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
"""
# A result that comes after “forget now” must not bring the key back, and then without an end.
_ADD = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
"""
_TURN = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[2], ARGV[4])
return 1
"""


class Persists(StudioError):
    """Redis writes to a disk here."""

    status = 503


@contextmanager
def _spoken() -> Iterator[None]:
    import redis  # a tenth of what a page's process takes to start

    try:
        yield
    except redis.RedisError as error:
        raise Unavailable(
            "The studio's short-term memory does not answer.", "Try again in a moment."
        ) from error


class Vault:
    """Parts of bytes under random keys, at one Redis."""

    def __init__(self, url: str) -> None:
        import redis

        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=CONNECT_S, socket_timeout=ANSWER_S, retry_on_timeout=False
        )
        self._sure = False

    def put(self, key: str, parts: Mapping[str, bytes], seconds: int, most: int) -> bool:
        """Hold these for so long; False where `most` keys are held already.

        Raises:
            Persists: Redis would write them to a disk.
            Unavailable: Redis does not answer.
        """
        with _spoken():
            self._only_memory()
            held = self._redis.eval(_PUT, 2, KEYS, key, _now(), seconds * 1000, most, *_flat(parts))
        return bool(held)

    def add(self, key: str, parts: Mapping[str, bytes]) -> bool:
        """Lay more beside what is held; False where nothing is any more."""
        with _spoken():
            return bool(self._redis.eval(_ADD, 1, key, *_flat(parts)))

    def get(self, key: str, *names: str) -> list[bytes | None]:
        """These parts, None where one is not there; all None where nothing is held."""
        with _spoken():
            found: list[bytes | None] = self._redis.hmget(key, list(names))  # type: ignore[assignment]
        return found

    def seconds(self, key: str) -> float:
        """How long it is still held; 0 where nothing is."""
        with _spoken():
            left: int = self._redis.pttl(key)
        return max(0, left) / 1000

    def forget(self, key: str) -> None:
        """Drop all of it now."""
        with _spoken(), self._redis.pipeline() as pipe:
            pipe.delete(key)
            pipe.zrem(KEYS, key)
            pipe.execute()

    @contextmanager
    def turn(self, line: str, most: int, seconds: int) -> Iterator[bool]:
        """Whether this is one of at most `most` holders at once, over all processes.

        A holder that was killed holds for `seconds`.
        """
        name = token_hex(8)
        with _spoken():
            mine = bool(self._redis.eval(_TURN, 1, line, _now(), seconds * 1000, most, name))
        try:
            yield mine
        finally:
            if mine:
                with _spoken():
                    self._redis.zrem(line, name)

    def _only_memory(self) -> None:
        if self._sure:
            return
        snapshots, log = (self._redis.config_get(name)[name] for name in ("save", "appendonly"))
        if snapshots or log != "no":
            raise Persists(
                "This studio's Redis writes to a disk, so it may hold no personal photo.",
                'Ask an admin to start it with --save "" --appendonly no.',
            )
        self._sure = True


@lru_cache(maxsize=1)
def vault(url: str) -> Vault:
    """The vault of this process."""
    return Vault(url)


def _now() -> int:
    return int(time.time() * 1000)


def _flat(parts: Mapping[str, bytes]) -> list[str | bytes]:
    return [each for pair in parts.items() for each in pair]
