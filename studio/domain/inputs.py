"""What is fed to a model: one spelling of controls, one hash of inputs, and what a manifest asks for beside them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(controls: Mapping[str, Any]) -> str:
    """The one spelling of controls as JSON: order of keys does not matter."""
    return json.dumps(controls, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def controls_sha(controls: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(controls).encode()).hexdigest()


def inputs_sha(photo_sha: str) -> str:
    """Hash of all that is really fed to the model beside the controls."""
    return hashlib.sha256(json.dumps({"photo": photo_sha}).encode()).hexdigest()


def needs(manifest: Mapping[str, Any]) -> tuple[int, int]:
    """References and length of the random vector: only models that want the same can share photos."""
    return manifest.get("references", 0), manifest.get("latent", 0)


def options(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The controls a model has, each with what can be chosen; the first is the usual one."""
    return {key: tuple(values) for key, values in manifest.get("attributes", {}).items()}
