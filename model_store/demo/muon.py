"""Muon: turns each kernel of a convolution in all its directions alike, so that few steps teach much."""

from collections.abc import Iterable

import torch
from torch import Tensor

MOMENTUM = 0.9
ROUNDS = 5
POLYNOMIAL = (3.4445, -4.7750, 2.0315)
"""Of x, x³ and x⁵: brings every singular value of 0…1 near 1 in five rounds."""


def orthogonal(matrix: Tensor) -> Tensor:
    """A matrix (m, n) with all singular values near 1: Newton-Schulz as in Jordan et al., "Muon", 2024."""
    x = matrix / (matrix.norm() + 1e-7)
    wide: Tensor = x if len(x) <= len(x.T) else x.T
    first, third, fifth = POLYNOMIAL
    for _ in range(ROUNDS):
        square = wide @ wide.T
        wide = first * wide + (third * square + fifth * square @ square) @ wide
    return wide if len(x) <= len(x.T) else wide.T


class Muon(torch.optim.Optimizer):
    """For kernels that a batch norm follows: their size means nothing, so a step is a share of it.

    `lr` is how far a step goes, of the kernel's own norm.
    """

    def __init__(self, kernels: Iterable[Tensor], lr: float) -> None:
        super().__init__(kernels, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """One step along the gradients of now and before; `closure` is not called."""
        for group in self.param_groups:
            for kernel in group["params"]:
                past = self.state[kernel].setdefault("past", torch.zeros_like(kernel))
                past.mul_(MOMENTUM).add_(kernel.grad)
                ahead = (kernel.grad + MOMENTUM * past).reshape(len(kernel), -1)
                turn = orthogonal(ahead).view_as(kernel)
                kernel.sub_(turn * (group["lr"] * kernel.norm() / turn.norm()))
