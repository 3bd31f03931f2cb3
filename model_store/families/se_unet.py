"""SE-U-Net: recolours hair in real time.

A U-Net (Ronneberger et al. 2015) of plain 3×3 convolutions with squeeze-and-excitation (Hu et al. 2018).
It works at half the picture's size and answers no free RGB: it finds the hair and how the light falls on it.
The wanted colour is laid into that light and the picture composed inside, so what is not hair passes untouched.
Shapes for a picture of 256²; n is the batch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import hardsigmoid, interpolate, pixel_shuffle, relu

COLOURS = 8
WIDTHS = (24, 40, 64, 112)
PARAMETERS = 493_268


class ConvBN(nn.Sequential):
    """3×3 convolution, batch norm (folded into it at export), ReLU: all of it runs in INT8."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class SE(nn.Module):
    """Squeeze-and-excitation: weighs channels by what the whole picture shows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // 4, 1)
        self.excite = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) → (n, c, h, w)."""
        weight = relu(self.squeeze(x.mean((2, 3), keepdim=True)))  # (n, c/4, 1, 1)
        return x * hardsigmoid(self.excite(weight))


class Stage(nn.Sequential):
    """Two convolutions and an excitation."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(ConvBN(inputs, outputs, stride), ConvBN(outputs, outputs), SE(outputs))


class Parts(NamedTuple):
    """What the network finds.

    mask: (n, 1, 256, 256) share of hair as logit.
    hair: (n, 3, 256, 256) the hair in the wanted colour, about -1…1, meaningful where there is hair.
    """

    mask: Tensor
    hair: Tensor


class SEUNet(nn.Module):
    """RGB and the wanted colour in, RGB out."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.down1 = Stage(3, a, stride=2)
        self.down2 = Stage(a, b, stride=2)
        self.down3 = Stage(b, c, stride=2)
        self.down4 = Stage(c, d, stride=2)
        self.up3 = Stage(d + c, c)
        self.up2 = Stage(c + b, b)
        self.up1 = Stage(b + a, a)
        self.head = nn.Conv2d(a, 4 * 4, 3, padding=1)  # mask, gain, light, gloss, each for 2×2 pixels
        self.palette = nn.Conv2d(COLOURS, 6, 1, bias=False)  # colour → its RGB in full light, and in gloss
        nn.init.constant_(self.palette.weight, 0.5)

    def parts(self, x: Tensor) -> Parts:
        """Hair and where it is, for (n, 11, 256, 256): RGB in -1…1, then 8 planes, one of them 1, others 0."""
        photo = x[:, :3]
        x1 = self.down1(photo)  # (n, 24, 128, 128)
        x2 = self.down2(x1)  # (n, 40, 64, 64)
        x3 = self.down3(x2)  # (n, 64, 32, 32)
        y = self.down4(x3)  # (n, 112, 16, 16)
        y = self.up3(torch.cat([_twice(y), x3], 1))  # (n, 64, 32, 32)
        y = self.up2(torch.cat([_twice(y), x2], 1))  # (n, 40, 64, 64)
        y = self.up1(torch.cat([_twice(y), x1], 1))  # (n, 24, 128, 128)
        mask, gain, light, gloss = pixel_shuffle(self.head(y), 2).split(1, 1)  # (n, 1, 256, 256) each
        strands = photo.mean(1, keepdim=True) + 1  # the photo's own detail; light and gain are smooth
        full, shine = self.palette(x[:, 3:, :1, :1]).split(3, 1)  # (n, 3, 1, 1) each
        return Parts(mask, full * relu((1 + gain) * strands + light) + shine * gloss - 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 11, 256, 256) as for `parts` → RGB (n, 3, 256, 256) in -1…1."""
        mask, hair = self.parts(x)
        photo = x[:, :3]
        return torch.clamp(photo + torch.sigmoid(mask) * (hair - photo), -1, 1)


def _twice(x: Tensor) -> Tensor:
    """(n, c, h, w) → (n, c, 2h, 2w)."""
    return interpolate(x, scale_factor=2.0, mode="nearest")
