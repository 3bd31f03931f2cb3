"""Glasses and sunglasses: rims on a plane before the eyes, bridge, temples, and what the lenses do to the light."""

import numpy as np

from samples.brush import Plane, Rgb, lay, pick, ramp, rgb
from samples.face import EYE
from samples.pose import Pose

KINDS = {None: 0.72, "clear": 0.18, "sunglasses": 0.1}
RIMS = ((20, 20, 22), (72, 44, 28), (150, 120, 70), (40, 44, 60))
BEFORE = 0.86
"""Depth of the plane of the lenses, head frame."""


def wear(rng: np.random.Generator, pose: Pose, picture: Rgb) -> str | None:
    """Paint glasses in place, or none; returns their kind."""
    kind = [*KINDS][int(rng.choice(len(KINDS), p=list(KINDS.values())))]
    rim, thick = pick(rng, RIMS), rng.uniform(0.016, 0.032)
    wide, high, square = rng.uniform(0.2, 0.235), rng.uniform(0.15, 0.19), rng.uniform(2.2, 4.5)
    if kind is None:
        return None
    turn = pose.turned()
    # the plane z = BEFORE, seen: (x, y) of the head for each pixel
    away = np.stack([pose.x - BEFORE * turn[0, 2], pose.y - BEFORE * turn[1, 2]])
    back = np.linalg.inv(turn[:2, :2]).astype(np.float32)
    x, y = (back[i, 0] * away[0] + back[i, 1] * away[1] for i in range(2))
    ring: Plane = np.zeros_like(x)
    for side in (-1, 1):
        fx, fy = np.abs(x - side * 0.315) / wide, np.abs(y - EYE[1] - 0.03) / high
        reach = ((fx**square + fy**square) ** (1 / square) - 1) * (wide + high) / 2
        lens = ramp(-reach, pose.pixel * 2)
        if kind == "sunglasses":
            lay(
                picture,
                rgb((0.05, 0.05, 0.06)) * (1.6 - 0.9 * ramp(y + 0.1, 0.3)) + 0.1 * picture,
                0.93 * lens,
            )
        else:
            lay(
                picture,
                rgb((1, 1, 1)),
                0.05 * lens
                + 0.1
                * lens
                * ramp(x * 0.6 - y - side * 0.15 - 0.02, 0.05)
                * ramp(0.16 + y - x * 0.6 + side * 0.15, 0.05),
            )
        ring = np.maximum(ring, ramp(thick - np.abs(reach), pose.pixel * 2))
        ring = np.maximum(ring, _temple(pose, side * (0.315 + wide), side))
    bridge = ramp(thick * 0.8 - np.abs(y - 0.03 + 0.04 * np.cos(x * 20)), pose.pixel * 2) * (
        np.abs(x) < 0.315 - wide
    )
    ring = np.maximum(ring, bridge)
    lay(picture, rim * (0.75 + 0.5 * ramp(-y, 0.3)), ring)
    return kind


def _temple(pose: Pose, outer: float, side: int) -> Plane:
    """The bar to the ear, seen only on the side that is turned to the viewer."""
    ends = np.array([[outer, 0.02, BEFORE], [side * 0.76, 0.0, 0.0]], np.float32) @ pose.turned().T
    one, two = ends[0, :2], ends[1, :2]
    if (two[0] - one[0]) * side < 0:
        return np.zeros_like(pose.x)
    along = two - one
    share = np.clip(((pose.x - one[0]) * along[0] + (pose.y - one[1]) * along[1]) / (along @ along), 0, 1)
    away = np.hypot(pose.x - one[0] - share * along[0], pose.y - one[1] - share * along[1])
    return ramp(0.022 - away, pose.pixel * 2)
