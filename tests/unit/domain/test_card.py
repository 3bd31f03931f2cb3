import pytest

from studio.domain import card


def test_a_card_starts_with_what_every_card_says_and_keeps_what_only_this_one_says() -> None:
    body = {
        "limits": "no hats",
        "training": {"seed": 7, "rate": 0.004},
        "licence": "Apache-2.0",
        "data": "drawn",
    }
    assert card.lines(body) == [
        ("data", "drawn"),
        ("licence", "Apache-2.0"),
        ("limits", "no hats"),
        ("training · seed", "7"),
        ("training · rate", "0.004"),
    ]


def test_lists_and_large_numbers_read_as_a_person_writes_them() -> None:
    assert card.lines({"loss": [0.5, 0.25], "parameters": 118_000, "ema": True}) == [
        ("loss", "0.5, 0.25"),
        ("parameters", "118,000"),
        ("ema", "true"),
    ]


@pytest.mark.parametrize(
    "licence",
    ["CC BY-NC 4.0", "CC-BY-NC-SA-4.0", "CelebA agreement: non-commercial research", "Research use only",
     "NVIDIA Source Code License-NC", "noncommercial"],
)  # fmt: skip
def test_a_licence_that_forbids_selling_restricts_the_version(licence: str) -> None:
    assert card.restricted({"licence": licence})
    assert card.restricted({"data": {"license": licence}})


@pytest.mark.parametrize("licence", ["Apache-2.0", "CC BY 4.0", "MIT", "NCSA", "Concordance", ""])
def test_a_free_licence_restricts_nothing(licence: str) -> None:
    assert not card.restricted({"licence": licence})


def test_a_word_elsewhere_on_the_card_restricts_nothing() -> None:
    assert not card.restricted({"intended_use": "Shown in non-commercial demos and sold."})
