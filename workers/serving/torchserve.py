"""TorchServe as the workers know it: it answers, and they load and unload."""

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from studio.errors import Unavailable
from studio.gateways import processes
from studio.gateways.serving import Inference, Line, away, refusal

DEPLOY_S = 120.0
BUDGET_S = 60.0  # of one photo, with all its retries


class TorchServe(Inference):
    """One host, by its inference and management address (`unix:PATH` or `http://host:port`)."""

    def __init__(self, inference: str, management: str) -> None:
        super().__init__(inference, BUDGET_S)
        self._management = Line(management, DEPLOY_S)
        self._here = management.startswith("unix:")

    def deploy(self, name: str, archive: Path) -> None:
        query = urlencode(
            {"url": archive.name, "model_name": name, "initial_workers": 1, "synchronous": "true"}
        )
        status, body, _ = self._management.ask("POST", f"/models?{query}")
        # 409: another worker registered it a moment ago. The name is the archive's hash, so it is the same.
        if status not in {200, 202, 409}:
            raise refusal("TorchServe would not load the archive.", body)
        self._wait_until_ready(name)

    def undeploy(self, name: str) -> None:
        status, body, _ = self._management.ask("DELETE", f"/models/{quote(name)}")
        if status not in {200, 202, 404}:
            raise refusal("TorchServe would not unload the archive.", body)

    def loaded(self, name: str) -> bool:
        return any(worker["status"] == "READY" for worker in self._workers(name))

    def memory(self, name: str) -> int:
        """Bytes its processes hold. TorchServe itself looks once a minute: on another host 0 until then."""
        return sum(self._weight(worker) for worker in self._workers(name))

    def _weight(self, worker: dict[str, Any]) -> int:
        process = processes.look(int(worker["pid"])) if self._here else None
        return process.rss if process else int(worker["memoryUsage"])

    def _workers(self, name: str) -> list[dict[str, Any]]:
        status, body, _ = self._management.ask("GET", f"/models/{quote(name)}")
        if status == 404:
            return []
        try:
            found: list[dict[str, Any]] = json.loads(body)[0]["workers"]
        except (ValueError, LookupError, TypeError) as error:
            raise away(f"its management answered {status}") from error
        return found

    def _wait_until_ready(self, name: str) -> None:
        deadline = time.monotonic() + DEPLOY_S
        while not self.loaded(name):
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"The archive did not start within {DEPLOY_S:.0f} s.", "Look at the log of TorchServe."
                )
            time.sleep(0.1)
