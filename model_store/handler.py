"""The one TorchServe handler: photo in, photo out, as the manifest beside it says.

Packed flat into every archive, so it imports nothing of ours.
"""

import io
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openvino as ov
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

Picture = NDArray[np.uint8]
"""(h, w, 3) sRGB."""

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_PIXELS = 25_000_000
SIDES = (8, 12_000)
GREY = 128
THREADS = 1
WARM_UPS = 3
BOOT = Path("/proc/sys/kernel/random/boot_id")
SRGB = ImageCms.createProfile("sRGB")

COMPILE = {
    "INFERENCE_NUM_THREADS": THREADS,  # more threads spin against their neighbours
    "NUM_STREAMS": "1",
    "PERFORMANCE_HINT": "LATENCY",
    "INFERENCE_PRECISION_HINT": "f32",  # without it FP32 silently becomes bf16 where the CPU can
}


class Refused(Exception):
    """A request that cannot be answered: HTTP status, a sentence, and what to do."""

    def __init__(self, status: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "hint": hint}


def decode(body: bytes) -> Picture:
    """A photo as upright 8-bit sRGB; transparency lies over mid grey.

    Raises:
        Refused: it is no readable photo, too large or animated.
    """
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as image:
            _check(image)
            return np.ascontiguousarray(_upright(image))
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - a broken file may fail anywhere inside the decoders
        hint = "Send a JPEG, PNG or WebP that opens in an image viewer."
        raise Refused(422, f"This is no readable photo ({type(error).__name__}).", hint) from None


def _check(image: Image.Image) -> None:
    width, height = image.size
    if width * height > LARGEST_PIXELS or max(image.size) > SIDES[1] or min(image.size) < SIDES[0]:
        hint = f"Sides of {SIDES[0]} to {SIDES[1]} pixels and at most 25 megapixels are welcome."
        raise Refused(422, f"A photo of {width} × {height} pixels cannot be used.", hint)
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:  # phones hide a second photo in an MPO
        raise Refused(422, "The photo moves; only still pictures can be used.", "Save one frame as PNG.")


def _upright(image: Image.Image) -> Picture:
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16-bit grey: convert() would clip instead of scale
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (GREY, GREY, GREY, 255))
        image = Image.alpha_composite(ground, image).convert("RGB")
    if image.mode == "P":
        image = image.convert("RGB")
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile says nothing about the pixels
    return np.asarray(image.convert("RGB"))


@dataclass(frozen=True)
class Frame:
    """Where a photo of (height, width) lies in the network's picture; box is top, left, height, width there."""

    photo: tuple[int, int]
    size: tuple[int, int]
    box: tuple[int, int, int, int]

    @classmethod
    def of(cls, photo: tuple[int, int], size: tuple[int, int], fit: str) -> "Frame":
        """The frame of a photo in a picture of `size`, both (height, width)."""
        if fit == "resize":
            return cls(photo, size, (0, 0, *size))
        scale = min(size[0] / photo[0], size[1] / photo[1])
        height, width = (max(1, min(size[axis], round(photo[axis] * scale))) for axis in (0, 1))
        return cls(photo, size, ((size[0] - height) // 2, (size[1] - width) // 2, height, width))

    def into(self, photo: Picture) -> Picture:
        """The photo inside the network's picture, mid grey around it."""
        top, left, height, width = self.box
        picture = np.full((*self.size, 3), GREY, np.uint8)
        picture[top : top + height, left : left + width] = _resize(photo, height, width)
        return picture

    def back(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """(height, width, 3) of the network's size → the photo's part of it in the photo's size."""
        top, left, height, width = self.box
        return _resize(picture[top : top + height, left : left + width], *self.photo)


def _resize(picture: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    if picture.shape[:2] == (height, width):
        return picture
    shrinks = height * width < picture.shape[0] * picture.shape[1]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def controls(header: str | None) -> dict[str, Any]:
    """The controls as the client sent them.

    Raises:
        Refused: they are no JSON object.
    """
    try:
        chosen = json.loads(header or "{}")
    except (ValueError, RecursionError):
        chosen = None
    if not isinstance(chosen, dict):
        raise Refused(400, "X-Studio-Controls is no JSON object.", 'Send for example {"colour": "copper"}.')
    return chosen


def choose(chosen: dict[str, Any], attributes: dict[str, list[str]]) -> list[int]:
    """The planes that the controls light, in the order of the attributes.

    Raises:
        Refused: a control or an option that the model does not have, or a control without a choice.
    """
    unknown = sorted(chosen.keys() - attributes.keys())
    if unknown:
        hint = f"It has: {', '.join(attributes) or 'none'}."
        raise Refused(400, f"This model has no control “{unknown[0]}”.", hint)
    planes, first = [], 0
    for name, options in attributes.items():
        if chosen.get(name) not in options:
            raise Refused(
                400, f"“{chosen.get(name)}” is no {name} of this model.", f"It has: {', '.join(options)}."
            )
        planes.append(first + options.index(chosen[name]))
        first += len(options)
    return planes


def fill(
    planes: NDArray[np.float32], picture: Picture, lit: list[int], value_range: tuple[float, float]
) -> None:
    """Write the network's input (1, 3 + options, h, w) in place."""
    low, high = value_range
    np.multiply(picture.transpose(2, 0, 1), (high - low) / 255, out=planes[0, :3], casting="unsafe")
    planes[0, :3] += low
    planes[0, 3:] = 0
    planes[0, [3 + plane for plane in lit]] = 1


class Model:
    """A compiled graph with its manifest; answers one photo at a time."""

    def __init__(self, folder: Path) -> None:
        cv2.setNumThreads(THREADS)
        manifest = json.loads((folder / "manifest.json").read_text())
        self.attributes: dict[str, list[str]] = manifest["attributes"]
        self.range = (float(manifest["value_range"][0]), float(manifest["value_range"][1]))
        self.size = (int(manifest["height"]), int(manifest["width"]))
        self.fit, self.back = manifest["fit"], manifest["back"]
        options = sum(len(each) for each in self.attributes.values())
        self.planes = np.zeros((1, 3 + options, *self.size), np.float32)
        self.request = ov.Core().compile_model(folder / "model.xml", "CPU", COMPILE).create_infer_request()
        for _ in range(WARM_UPS):
            self.request.infer([self.planes], share_inputs=True)

    def answer(self, body: bytes, headers: dict[str, str]) -> tuple[bytes, str, dict[str, str]]:
        """Body, content type and headers for one photo; `headers` have lower-case names.

        Raises:
            Refused: the photo or the controls cannot be used.
        """
        began, cpu = time.perf_counter(), time.process_time()
        waited = _waited(headers.get("x-studio-sent", ""))
        lit = choose(controls(headers.get("x-studio-controls")), self.attributes)
        photo = decode(body)
        frame = Frame.of(photo.shape[:2], self.size, self.fit)
        picture = frame.into(photo)
        fill(self.planes, picture, lit, self.range)
        decoded = time.perf_counter()
        made = self.request.infer([self.planes], share_inputs=True)[0][0]
        inferred = time.perf_counter()
        low, high = self.range
        drawn = np.ascontiguousarray((made.transpose(1, 2, 0) - low) * np.float32(255 / (high - low)))
        if headers.get("x-studio-answer") == "raw":
            answer, kind = _whole(drawn).tobytes(), "application/octet-stream"
        else:
            answer, kind = _png(self._finish(photo, picture, drawn, frame)), "image/png"
        encoded = time.perf_counter()
        spent = {"Decode": decoded - began, "Model": inferred - decoded, "Encode": encoded - inferred}
        spent["Cpu"] = time.process_time() - cpu
        timings = {f"X-Studio-{name}-Ms": f"{seconds * 1000:.3f}" for name, seconds in spent.items()}
        return answer, kind, timings | waited | {"X-Studio-Threads": str(THREADS)}

    def _finish(self, photo: Picture, picture: Picture, drawn: NDArray[np.float32], frame: Frame) -> Picture:
        if self.back == "replace":
            return _whole(frame.back(drawn))
        return _whole(photo + frame.back(drawn - picture))


def _whole(picture: NDArray[np.float32]) -> Picture:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _png(picture: Picture) -> bytes:
    done, png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise Refused(500, "The picture could not be written as PNG.", "Look into the model's log.")
    return png.tobytes()


def _waited(sent: str) -> dict[str, str]:
    """Time since the client sent, when it says so by the same monotonic clock: "<boot id> <nanoseconds>".

    TorchServe tells a handler nothing of its queue, and wall clocks of two machines differ.
    """
    boot, _, moment = sent.partition(" ")
    if not moment.isdecimal() or not BOOT.exists() or BOOT.read_text().strip() != boot:
        return {}
    return {"X-Studio-Queue-Ms": f"{(time.monotonic_ns() - int(moment)) / 1e6:.3f}"}


_models: dict[str, Model] = {}


def handle(data: list[dict[str, Any]] | None, context: Any) -> list[bytes] | None:
    """TorchServe's entry: once with no data to load, then with a batch of requests."""
    folder = context.system_properties["model_dir"]
    if data is None:
        _models[folder] = Model(Path(folder))
        return None
    return [_respond(_models[folder], request, context, index) for index, request in enumerate(data)]


def _respond(model: Model, request: dict[str, Any], context: Any, index: int) -> bytes:
    headers = {name.lower(): value for name, value in context.get_all_request_header(index).items()}
    body = request.get("body", request.get("data"))
    try:
        answer, kind, extra = model.answer(_photo(body), headers)
    except Refused as refused:
        context.set_response_status(code=refused.status, idx=index)
        answer, kind, extra = json.dumps(refused.body, ensure_ascii=False).encode(), "application/json", {}
    context.set_response_content_type(index, kind)
    for name, value in extra.items():
        context.set_response_header(index, name, value)
    return answer


def _photo(body: object) -> bytes:
    if not isinstance(body, bytes | bytearray):  # TorchServe parses a JSON body itself
        raise Refused(400, "There is no photo in this request.", "Send the file itself as the body.")
    return bytes(body)
