"""The trainings of the demo: what each starts from, learns from, and for how long."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Course:
    """One training.

    Attributes:
        task: "hair-colour", or "backdrop" for the colour of what is behind the person.
        parent: version whose weights it starts from; none starts from noise.
        portraits: drawn portraits it sees.
        photos: share of each batch that are photos with hair masks, 0…1.
        crop, batch: side in pixels and number of pictures of a step; every fourth step shows a quarter as many
            whole pictures of 256 instead.
        rate: highest learning rate; rises over a twentieth of the steps, falls to a hundredth at the end.
        turn: highest share of its own size that Muon moves a kernel in a step; 0 leaves all weights to AdamW.
        mask, each: weight of finding the hair, and whether each picture's counts alone instead of the batch's.
        skin: weight of what happens to skin and clothes, beside background and hair.
    """

    task: str
    seed: int
    steps: int
    parent: str | None = None
    portraits: int = 300
    photos: float = 0.0
    crop: int = 128
    batch: int = 8
    rate: float = 3e-3
    turn: float = 0.0
    mask: float = 1.0
    each: bool = False
    skin: float = 1.0


COURSES = {
    "v1": Course("hair-colour", seed=1, steps=160, portraits=120, rate=2e-3),
    "v2": Course("hair-colour", seed=2, steps=3200, parent="v1"),
    "v3": Course("hair-colour", seed=3, steps=200, parent="v1", portraits=120, skin=0.0),
    "v4": Course(
        "hair-colour",
        seed=4,
        steps=3600,
        parent="v2",
        photos=0.8,
        crop=160,
        batch=6,
        rate=2e-3,
        turn=0.015,
        mask=3.0,
        each=True,
    ),
    "full-frame": Course("backdrop", seed=5, steps=450, portraits=90, crop=256, batch=3, rate=2e-3),
}
