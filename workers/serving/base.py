"""What the studio needs of a server that hosts archives. TorchServe is one; the contract tests say what any must do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from studio.gateways.serving import Answer


class Serving(Protocol):
    def deploy(self, name: str, archive: Path) -> None:
        """Load an archive under `name` and wait until it answers; loaded already is fine.

        Raises:
            EndpointRefused: the server will not load it.
            Unavailable: the server does not answer now.
        """

    def undeploy(self, name: str) -> None:
        """Unload `name`; not loaded is fine."""

    def loaded(self, name: str) -> bool: ...

    def memory(self, name: str) -> int:
        """Bytes of memory of the worker processes of `name`."""

    def infer(self, name: str, photo: bytes, controls: Mapping[str, object], *, raw: bool = False) -> Answer:
        """Send one photo and wait.

        Raises:
            EndpointRefused: the photo or the controls will never be accepted; the sentence is the handler's.
            ModelMissing: `name` is not loaded; deploy it, then try again.
            EndpointBusy: no answer in time, or the queue is full; try again later.
            Unavailable: the server does not answer at all.
        """
