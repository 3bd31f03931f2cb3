"""Reading a weights file safely, and trying it once in a child before anyone relies on it."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from model_store import child
from model_store.child import ChildFailed, Limits
from model_store.errors import CheckpointError
from model_store.families import FAMILIES
from model_store.manifest import Manifest

LARGEST_HEADER = 16 << 20
SAVE_AS = "Save the weights with safetensors.torch.save_file and register that file."
FOREIGN = {
    b"PK\x03\x04": "a PyTorch or zip file",
    b"\x80\x02": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
    b"\x89HDF": "an HDF5 file",
    b"GGUF": "a GGUF file",
    b"\x1f\x8b": "a gzip file",
}


@dataclass(frozen=True)
class DryRun:
    """What one picture through the network showed.

    Attributes:
        parameters: trained numbers of the network, buffers left out.
        macs: multiply-adds of convolutions and matrices for one picture.
        output_shape: (n, channels, height, width) of the answer.
        low, high: of the answer, in the manifest's value range.
        seconds: of the one pass, cold, on one thread.
    """

    parameters: int
    macs: int
    output_shape: tuple[int, ...]
    low: float
    high: float
    seconds: float


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file by name.

    Raises:
        CheckpointError: it is missing, of another format, truncated or its header lies.
    """
    look(path)
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"The weights file is damaged: {error}.", "Upload it again.") from None


def look(path: Path) -> None:
    """Refuse early what would cost memory or run code: nothing but the header is read.

    Raises:
        CheckpointError: it is missing, of another format, truncated or its header lies.
    """
    if not path.is_file():
        raise CheckpointError("The weights file is not there.", "Upload it again.")
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        for magic, kind in FOREIGN.items():
            if start.startswith(magic):
                raise CheckpointError(f"This is {kind}, not safetensors; such files can run code.", SAVE_AS)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > LARGEST_HEADER or length + 8 > size:
            raise CheckpointError("This is no safetensors file, or it was cut short.", SAVE_AS)
        header = file.read(length)
    _check_header(header, size - 8 - length)


def _check_header(header: bytes, room: int) -> None:
    try:
        body = json.loads(header)
        ends = [int(entry["data_offsets"][1]) for name, entry in body.items() if name != "__metadata__"]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        raise CheckpointError("This is no safetensors file: its header is unreadable.", SAVE_AS) from None
    if max(ends, default=0) != room:
        missing = max(ends, default=0) - room
        said = f"{missing} bytes are missing" if missing > 0 else f"{-missing} bytes are too many"
        raise CheckpointError(f"The weights file is incomplete or damaged: {said}.", "Upload it again.")


def load(path: Path, manifest: Manifest) -> nn.Module:
    """The manifest's network with the file's weights, in evaluation mode.

    Raises:
        CheckpointError: nobody knows the family, or names or shapes do not fit it.
    """
    if manifest.family not in FAMILIES:
        hint = f"Known families: {', '.join(sorted(FAMILIES))}."
        raise CheckpointError(f"Nobody knows the family “{manifest.family}”.", hint)
    weights, network = read(path), FAMILIES[manifest.family]()
    _compare(weights, network.state_dict(), manifest.family)
    network.load_state_dict(weights)
    return network.eval()


def _compare(weights: dict[str, Tensor], wanted: dict[str, Tensor], family: str) -> None:
    hint = "Is it a checkpoint of another family, or of an older layout?"
    for kind, names in (
        ("lacks", wanted.keys() - weights.keys()),
        ("has beyond it", weights.keys() - wanted.keys()),
    ):
        if names:
            few = ", ".join(sorted(names)[:3])
            said = (
                f"{len(names)} tensors that the file {kind}"
                if kind == "lacks"
                else f"{len(names)} unknown tensors"
            )
            raise CheckpointError(f"The weights do not fit {family}: {said} ({few} …).", hint)
    for name, tensor in weights.items():
        if tensor.shape != wanted[name].shape:
            shapes = f"{tuple(tensor.shape)} instead of {tuple(wanted[name].shape)}"
            raise CheckpointError(f"The weights do not fit {family}: {name} is {shapes}.", hint)
        if not torch.isfinite(tensor.float()).all():
            raise CheckpointError(
                f"The weights are broken: {name} holds NaN or infinity.", "Train or export again."
            )


def dry_run(path: Path, manifest: Manifest, *, seconds: int = 60, memory_bytes: int = 2 << 30) -> DryRun:
    """Put one picture through the network, in a child with limits.

    Raises:
        CheckpointError: as `read` and `load`; or the network failed, with its own traceback.
    """
    argument = {"path": str(path.resolve()), "manifest": manifest.to_dict()}
    try:
        found = child.run("model_store.checkpoint:probe", argument, Limits(seconds, memory_bytes))
    except ChildFailed as error:
        raise CheckpointError(error.message, error.hint, error.traceback) from None
    return DryRun(**found | {"output_shape": tuple(found["output_shape"])})


def probe(path: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """The child's side of `dry_run`."""
    torch.set_num_threads(1)
    contract = Manifest.from_dict(manifest)
    network = load(Path(path), contract)
    planes = sample(contract)
    macs = _count_macs(network)
    began = time.perf_counter()
    with torch.inference_mode():
        answer = network(planes)
    seconds = time.perf_counter() - began
    _check_answer(answer, contract)
    low, high = (float(end) for end in torch.aminmax(answer))
    parameters = sum(each.numel() for each in network.parameters())
    return asdict(DryRun(parameters, sum(macs), tuple(answer.shape), low, high, seconds))


def sample(manifest: Manifest) -> Tensor:
    """A network input of noise with the first option of each control chosen, (1, planes, height, width)."""
    low, high = manifest.value_range
    noise = torch.rand(
        1, manifest.channels, manifest.height, manifest.width, generator=torch.Generator().manual_seed(0)
    )
    planes = torch.zeros(1, manifest.planes, manifest.height, manifest.width)
    planes[:, : manifest.channels] = low + (high - low) * noise
    first = manifest.channels
    for options in manifest.attributes.values():
        planes[:, first] = 1
        first += len(options)
    return planes


def _count_macs(network: nn.Module) -> list[int]:
    """A list that fills with each layer's multiply-adds while the network runs."""
    macs: list[int] = []

    def note(layer: nn.Module, _: tuple[Tensor, ...], answer: Tensor) -> None:
        weight = layer.weight
        assert isinstance(weight, Tensor)  # noqa: S101 - for the type checker
        macs.append(answer.numel() * weight[0].numel())

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(note)
    return macs


def _check_answer(answer: object, manifest: Manifest) -> None:
    wanted = (1, manifest.channels, manifest.height, manifest.width)
    if not isinstance(answer, Tensor) or tuple(answer.shape) != wanted:
        found = tuple(answer.shape) if isinstance(answer, Tensor) else type(answer).__name__
        raise CheckpointError(
            f"The network answers {found} instead of {wanted}.", "Does the manifest fit the weights?"
        )
    if not torch.isfinite(answer).all():
        raise CheckpointError("The network answers NaN or infinity.", "Look at the training's last steps.")
