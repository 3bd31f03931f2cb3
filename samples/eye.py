"""One painted eye with its brow, open or closed."""

from dataclasses import dataclass

import numpy as np

from samples.brush import Plane, Rgb, lay, line, ramp, rgb, spot

LASHES = (0.07, 0.05, 0.045)


@dataclass(frozen=True)
class Eye:
    """Where an eye is.

    x, y: -1…1 across the eye from its middle, for each pixel.
    side: -1 to the viewer's left, 1 to the right.
    front: 1 where the skin faces the front, so that nothing is painted on the back of the head.
    """

    x: Plane
    y: Plane
    side: int
    front: Plane

    @property
    def _lid(self) -> Plane:
        return ramp(1.12 - np.abs(self.x), 0.25) * self.front

    def open(self, flesh: Rgb, gloss: Plane, iris: Rgb, look: tuple[float, float, float]) -> None:
        """Paint it open, in place; look: how far open (about 1), gaze to the side, how much the face smiles."""
        x, y, (opening, gaze, smile) = self.x, self.y, look
        lay(flesh, flesh * 0.8, 0.55 * self.front * spot(x, y + 0.3, 1.2, 0.7))
        arch = 1 - np.clip(np.abs(x), 0, 1) ** 2.2
        upper = y + 0.48 * opening * arch + 0.06 * x * self.side
        lower = 0.34 * (1 - 0.25 * smile) * arch - y
        shape = ramp(upper, 0.1) * ramp(lower, 0.12) * ramp(1.02 - np.abs(x), 0.08) * self.front
        lay(flesh, self._ball(upper, iris, gaze), shape)
        gloss *= 1 - shape
        lay(flesh, rgb(LASHES), 0.9 * line(upper, 0.095) * self._lid)
        lay(flesh, rgb((0.3, 0.18, 0.15)), 0.35 * line(lower, 0.06) * self._lid)
        lay(flesh, flesh * 0.72, 0.5 * line(upper + 0.28, 0.07) * self._lid)

    def _ball(self, upper: Plane, iris: Rgb, gaze: float) -> Rgb:
        x, y = self.x, self.y
        away = np.hypot(x - gaze, y + 0.03)
        dim = (0.55 + 0.45 * ramp(upper, 0.5)) * (1 - 0.15 * ramp(np.abs(x) - 0.5, 0.5))
        ball = rgb((0.86, 0.83, 0.81)) * dim
        depth = (0.75 + np.clip(y + 0.2, 0, 0.4)) * (1 - 0.6 * ramp(away - 0.34, 0.1))
        lay(ball, iris * depth, ramp(0.46 - away, 0.08))
        lay(ball, rgb((0.02, 0.018, 0.018)), ramp(0.21 - away, 0.06))
        return ball + 0.9 * ramp(0.11 - np.hypot(x - gaze - 0.14, y + 0.18), 0.07)

    def shut(self, flesh: Rgb) -> None:
        """Paint it closed, in place."""
        x, y = self.x, self.y
        lay(flesh, flesh * 0.82, 0.5 * self.front * spot(x, y - 0.05, 1.1, 0.5))
        lay(flesh, flesh * 1.06, 0.5 * self.front * spot(x, y - 0.05, 0.7, 0.25))
        seam = y - 0.26 * (1 - np.clip(np.abs(x), 0, 1) ** 2) - 0.06 + 0.05 * x * self.side
        lay(flesh, rgb(LASHES), 0.9 * line(seam, 0.085) * self._lid)
        lay(flesh, flesh * 0.75, 0.45 * line(y + 0.42 * (1 - 0.5 * x**2), 0.07) * self._lid)

    def brow(self, flesh: Rgb, colour: Rgb, lift: float) -> None:
        """Paint the brow above it, in place."""
        along = np.clip((self.x * self.side + 1.2) / 2.5, 0, 1)
        bow = self.y + 1.06 + lift * 3 + 0.26 * np.sin(along * np.pi * 0.85) - 0.12 * along
        thick = 0.19 * (1 - 0.65 * along) + 0.03
        hairs = 0.78 + 0.22 * np.sin(self.x * 48 + self.y * 22)
        cover = ramp(thick - np.abs(bow), 0.13) * ramp(1.28 - np.abs(self.x), 0.25)
        lay(flesh, colour, 0.85 * hairs * cover * self.front)
