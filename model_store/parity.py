"""How close a graph stays to the eager network, which is the truth."""

from collections.abc import Sequence

import numpy as np
import openvino as ov
import torch
from torch import nn

from model_store.handler import COMPILE
from model_store.inputs import of_photos
from model_store.manifest import Manifest

PHOTOS = 8


def psnr(network: nn.Module, graph: ov.Model, photos: Sequence[bytes], manifest: Manifest) -> float:
    """Peak signal-to-noise ratio in dB of the graph's answers against eager FP32's, over a few photos.

    The peak is the manifest's value range; equal answers give 200 dB, more than float32 can tell apart.
    """
    compiled = ov.Core().compile_model(graph, "CPU", COMPILE)
    errors = []
    for planes in of_photos(photos[:PHOTOS], manifest):
        with torch.inference_mode():
            truth = network(torch.from_numpy(planes)).numpy()
        errors.append(np.square(compiled([planes])[0] - truth, dtype=np.float64).mean())
    low, high = manifest.value_range
    return float(10 * np.log10((high - low) ** 2 / max(float(np.mean(errors)), (high - low) ** 2 * 1e-20)))
