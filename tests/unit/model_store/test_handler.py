import contextlib
import io
import json

import cv2
import numpy as np
import openvino as ov
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openvino import opset13 as ops
from PIL import Image, ImageCms

from model_store import handler
from model_store.manifest import Manifest
from samples.pictures import read


def encoded(picture, kind="PNG", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def photo(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class Context:
    def __init__(self, folder, *headers):
        self.system_properties = {"model_dir": str(folder)}
        self.asked, self.status, self.answered = headers, {}, {}

    def get_all_request_header(self, index):
        return self.asked[index]

    def set_response_status(self, code, idx):
        self.status[idx] = code

    def set_response_content_type(self, index, kind):
        self.set_response_header(index, "content-type", kind)

    def set_response_header(self, index, name, value):
        self.answered.setdefault(index, {})[name] = value


@pytest.fixture
def folder(tmp_path):
    """An unpacked archive whose network inverts the picture when "negative" is chosen, else keeps it."""
    manifest = Manifest("any", "any", 64, 64, {"look": ("same", "negative")})
    planes = ops.parameter([1, 5, 64, 64], np.float32)
    parts = ops.split(planes, 1, 5)
    rgb, negative = parts.outputs()[:3], parts.output(4)
    kept = ops.subtract(np.float32(1), ops.multiply(np.float32(2), negative))
    graph = ov.Model([ops.multiply(ops.concat(rgb, 1), kept)], [planes])
    ov.save_model(graph, tmp_path / "model.xml", compress_to_fp16=False)
    (tmp_path / "manifest.json").write_text(manifest.to_json())
    return tmp_path


def ask(folder, body, **headers):
    context = Context(folder, {"X-Studio-Controls": '{"look": "same"}'} | headers)
    handler.handle(None, context)
    (answer,) = handler.handle([{"body": bytearray(body)}], context)
    return answer, context


@given(st.binary(max_size=300))
def test_bytes_that_are_no_photo_are_refused_with_a_sentence(body):
    with pytest.raises(handler.Refused) as refused:
        handler.decode(body)
    assert refused.value.status == 422
    assert refused.value.body["message"].endswith(".")


@given(st.data())
def test_a_damaged_photo_is_decoded_or_refused_but_never_fails_otherwise(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP"]))
    body = bytearray(encoded(Image.fromarray(photo(16, 20)), kind))
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=6)):
        body[place] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(1, len(body)))
    with contextlib.suppress(handler.Refused):
        assert handler.decode(bytes(body[:cut])).shape[2] == 3


@given(st.integers(8, 200), st.integers(8, 200), st.sampled_from(["pad", "resize"]))
def test_a_photo_comes_back_in_its_own_size_and_place(height, width, fit):
    frame = handler.Frame.of((height, width), (64, 64), fit)
    top, left, tall, wide = frame.box
    assert top >= 0 <= left
    assert top + tall <= 64 >= left + wide
    down = np.linspace(0, 255, height).astype(np.uint8)
    slope = np.repeat(np.repeat(down[:, None], width, 1)[..., None], 3, 2)
    back = frame.back(frame.into(slope).astype(np.float32))
    assert back.shape == (height, width, 3)
    assert np.abs(back - slope).max() < 20 + 255 / tall


def test_a_padded_photo_keeps_its_proportions():
    frame = handler.Frame.of((100, 50), (64, 64), "pad")
    assert frame.box == (0, 16, 64, 32)
    assert (frame.into(np.zeros((100, 50, 3), np.uint8))[:, :16] == handler.GREY).all()


def test_exif_turns_the_photo_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert handler.decode(encoded(Image.fromarray(photo(20, 30)), "JPEG", exif=exif)).shape == (30, 20, 3)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "I;16", "CMYK"])
def test_every_kind_of_pixel_becomes_rgb(mode):
    grey = np.full((16, 16), 180, np.uint8)
    picture = (
        Image.fromarray(grey.astype(np.uint16) * 257)
        if mode == "I;16"
        else Image.fromarray(grey).convert(mode)
    )
    body = encoded(picture, "JPEG" if mode == "CMYK" else "PNG")
    found = handler.decode(body)
    assert found.shape == (16, 16, 3)
    assert mode == "1" or np.abs(found.astype(int) - 180).max() <= 2


def test_transparency_lies_over_mid_grey():
    assert (handler.decode(encoded(Image.new("RGBA", (16, 16), (255, 0, 0, 0)))) == handler.GREY).all()


@pytest.mark.parametrize("size", [(4, 40), (13_000, 8), (6_000, 5_000)])
def test_a_photo_beyond_the_limits_is_refused_before_it_is_decoded(size):
    with pytest.raises(handler.Refused, match="cannot be used"):
        handler.decode(encoded(Image.new("1", size)))


def test_a_moving_picture_is_refused():
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    with pytest.raises(handler.Refused, match="moves"):
        handler.decode(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]))


def test_an_unchanged_picture_comes_back_byte_for_byte(folder):
    picture = photo(100, 60)
    answer, context = ask(folder, encoded(Image.fromarray(picture)))
    assert context.answered[0]["content-type"] == "image/png"
    assert (handler.decode(answer) == picture).all()


def test_the_chosen_control_reaches_the_network(folder):
    picture = photo(64, 64)
    answer, _ = ask(
        folder, encoded(Image.fromarray(picture)), **{"X-Studio-Controls": '{"look": "negative"}'}
    )
    assert (handler.decode(answer) == 255 - picture).all()


def test_the_same_photo_gets_the_same_bytes_again(folder):
    body = read("astronaut.png").data
    assert ask(folder, body)[0] == ask(folder, body)[0]


def test_the_raw_answer_is_the_networks_own_picture(folder):
    answer, context = ask(folder, encoded(Image.fromarray(photo(64, 64))), **{"x-studio-answer": "raw"})
    assert len(answer) == 64 * 64 * 3
    assert context.answered[0]["content-type"] == "application/octet-stream"


def test_the_answer_says_where_the_time_went(folder):
    boot = handler.BOOT.read_text().strip()
    _, context = ask(folder, encoded(Image.fromarray(photo(64, 64))), **{"X-Studio-Sent": f"{boot} 1"})
    timings = {f"X-Studio-{part}-Ms" for part in ("Decode", "Queue", "Model", "Encode", "Cpu")}
    assert all(float(context.answered[0][name]) >= 0 for name in timings)
    assert context.answered[0]["X-Studio-Threads"] == "1"


def test_a_clock_of_another_machine_gives_no_queue_time(folder):
    _, context = ask(folder, encoded(Image.fromarray(photo(64, 64))), **{"X-Studio-Sent": "other-boot 1"})
    assert "X-Studio-Queue-Ms" not in context.answered[0]


@pytest.mark.parametrize(
    ("controls", "said"),
    [
        ('{"look": "funny"}', "“funny” is no look"),
        ("{}", "is no look"),
        ('{"look": "same", "style": 1}', "no control “style”"),
        ('{"look": ["same"]}', "is no look"),
        ("[1]", "no JSON object"),
        ("{", "no JSON object"),
    ],
)
def test_wrong_controls_are_answered_with_400_and_a_sentence(folder, controls, said):
    answer, context = ask(folder, encoded(Image.fromarray(photo(64, 64))), **{"X-Studio-Controls": controls})
    assert context.status[0] == 400
    assert said in json.loads(answer)["message"]


def test_a_request_without_a_photo_is_answered_with_400(folder):
    context = Context(folder, {})
    handler.handle(None, context)
    handler.handle([{"body": {"json": "was parsed"}}], context)
    assert context.status[0] == 400


def test_replace_enlarges_the_whole_answer(folder):
    manifest = json.loads((folder / "manifest.json").read_text()) | {"back": "replace"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    picture = photo(128, 128)
    answer, _ = ask(folder, encoded(Image.fromarray(picture)))
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(handler.decode(answer).astype(int) - cv2.resize(small, (128, 128))).max() <= 1


def test_a_phones_second_picture_is_left_out():
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    found = handler.decode(encoded(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    assert found[0, 0, 0] > 250


@pytest.mark.parametrize("mode", ["RGB", "P"])
def test_a_colour_profile_is_brought_to_srgb(mode):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = Image.new("RGB", (16, 16), (200, 80, 40)).convert(mode)
    assert (handler.decode(encoded(plain, icc_profile=profile)) == handler.decode(encoded(plain))).all()
    assert handler.decode(encoded(plain, icc_profile=b"broken")).shape == (16, 16, 3)
