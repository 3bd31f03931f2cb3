"""One frozen table of settings: `STUDIO_<NAME>` in the environment or `.env`; a bad value stops the start.

The defaults are the embedded profile (`studio up`): files under `var/`, sockets in a short run folder.
The supervisor chooses ports and hands the addresses to its children by these same variables.
"""

import hashlib
import os
from functools import cached_property, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from tzlocal import get_localzone_name


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="STUDIO_", env_file=".env", extra="ignore", frozen=True)

    var: Path = Field(Path("var"), description="Folder of everything the studio writes.")
    sockets: Path | None = Field(None, description="Folder of sockets; empty: one in /tmp per clone.")
    web_host: str = Field("127.0.0.1", description="Address the pages listen on.")
    web_port: int = Field(8000, ge=1, le=65535, description="Port of the pages; the only fixed one.")
    web_hosts: tuple[str, ...] = Field(
        (), description="Names the pages may be asked by besides this machine's own, as a JSON list."
    )
    database: str = Field("", description="SQLAlchemy URL; empty: SQLite under `var`.")
    broker: str = Field("", description="Redis URL of Celery; empty: the socket of the run folder.")
    mlflow: str = Field("", description="Address of the MLflow server.")
    mlflow_public: str = Field("", description="Address of MLflow as a browser reaches it; empty: no links.")
    inference: str = Field("", description="TorchServe's inference address, unix:PATH or http://…")
    management: str = Field("", description="TorchServe's management address, unix:PATH or http://…")
    guests: bool = Field(
        default=False,
        description="Whether people of the local network may look, not touch, without an account.",
    )
    timezone: ZoneInfo | None = Field(
        None, description="Time zone of the night's clock, as Asia/Seoul; empty: this machine's."
    )
    serving_workers: int = Field(1, ge=1, description="Workers TorchServe starts per model.")
    checkpoint_mb: int = Field(512, ge=1, description="Largest weights file that can be registered, in MB.")
    inception_weights: Path | None = Field(
        None, description="File of the real Inception weights; without it the stand-in names its numbers."
    )

    @cached_property
    def root(self) -> Path:
        """`var`, absolute."""
        return self.var.resolve()

    @cached_property
    def run(self) -> Path:
        """Folder of sockets. Short, because a socket's path has at most 107 characters; one per clone.

        Not by TMPDIR or XDG_RUNTIME_DIR: `studio status` must find it from cron and from another login too.
        """
        key = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return self.sockets or Path(f"/tmp/gan-studio-{os.getuid()}-{key}")  # noqa: S108 private, owner checked

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which a night begins and has its date."""
        return self.timezone or ZoneInfo(get_localzone_name())

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.root / 'studio.db'}"

    @property
    def broker_url(self) -> str:
        return self.broker or f"redis+socket://{self.run / 'redis.sock'}?virtual_host=0"

    @property
    def redis_url(self) -> str:
        """The broker as redis-py spells it; kombu has a spelling of its own for sockets."""
        return self.broker_url.replace("redis+socket://", "unix://").replace("?virtual_host=", "?db=")

    @property
    def inference_address(self) -> str:
        return self.inference or f"unix:{self.run / 'infer.sock'}"

    @property
    def management_address(self) -> str:
        return self.management or f"unix:{self.run / 'manage.sock'}"

    @property
    def objects(self) -> Path:
        """Content-addressed files: photos, outputs, thumbnails, features, logs."""
        return self.root / "objects"

    @property
    def archives(self) -> Path:
        """TorchServe's model store: one deterministic `.mar` per variant, named by its hash."""
        return self.root / "archives"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
