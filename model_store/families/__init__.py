"""The architectures we can run: name → builder of an untrained network."""

from collections.abc import Callable

from torch import nn

from model_store.families import se_unet

FAMILIES: dict[str, Callable[[], nn.Module]] = {
    "se-unet": se_unet.SEUNet,
}
