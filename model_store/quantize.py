"""A network as a graph of data: OpenVINO IR in FP32, the same in INT8, and the proof that INT8 runs."""

import warnings
from collections.abc import Sequence
from math import prod

import nncf
import openvino as ov
from torch import nn

from model_store.checkpoint import sample
from model_store.handler import COMPILE
from model_store.inputs import of_photos
from model_store.manifest import Manifest

CONVOLUTIONS = {"Convolution", "GroupConvolution"}
INTEGERS = {"u8", "i8"}


def export(network: nn.Module, manifest: Manifest) -> ov.Model:
    """The FP32 graph for one picture at a time; weights stay 32 bits wide."""
    shape = [1, manifest.planes, manifest.height, manifest.width]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # OpenVINO still traces by torch.jit, deprecated but quiet enough for us
        return ov.convert_model(network, example_input=sample(manifest), input=shape)


def quantize(graph: ov.Model, photos: Sequence[bytes], manifest: Manifest) -> ov.Model:
    """The INT8 graph, ranges learned from calibration photos (post-training quantization)."""
    calibration = list(of_photos(photos, manifest))
    return nncf.quantize(
        graph,
        nncf.Dataset(calibration),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(calibration),
        fast_bias_correction=True,
        ignored_scope=nncf.IgnoredScope(names=_after_last_convolution(graph), validate=False),
    )


def _after_last_convolution(graph: ov.Model) -> list[str]:
    """Operations that no spatial convolution follows: they compose the picture, and 8 bits there are seen.

    Left to itself nncf quantizes them too: 30 dB instead of 58 on the SE-U-Net, and no multiply-add gained.
    """
    before: set[str] = set()
    for op in reversed(graph.get_ordered_ops()):
        spatial = op.get_type_name() in CONVOLUTIONS and max(op.input_value(1).get_shape()[2:]) > 1
        if spatial or op.get_friendly_name() in before:
            inputs = (op.input_value(place).get_node() for place in range(op.get_input_size()))
            before |= {op.get_friendly_name()} | {each.get_friendly_name() for each in inputs}
    return [op.get_friendly_name() for op in graph.get_ordered_ops() if op.get_friendly_name() not in before]


def int8_share(graph: ov.Model) -> float:
    """Share of the convolutions' multiply-adds, 0…1, that this CPU really runs on 8-bit integers.

    Asked of the compiled model: a file's name or its operations promise nothing.
    """
    macs: dict[str, int] = {
        op.get_friendly_name(): prod(op.get_output_shape(0)) * prod(op.input_value(1).get_shape()[1:])
        for op in graph.get_ops()
        if op.get_type_name() in CONVOLUTIONS
    }
    runs = ov.Core().compile_model(graph, "CPU", COMPILE).get_runtime_model()
    quantized: set[str] = set()
    for op in runs.get_ops():
        facts = op.get_rt_info()
        if facts["runtimePrecision"].value in INTEGERS:
            quantized |= macs.keys() & set(facts["originalLayersNames"].value.split(","))
    return sum(macs[name] for name in quantized) / max(1, sum(macs.values()))
