"""Where things of the desk are on the screen."""

from playwright.sync_api import Page


def cell(page: Page, row: int, column: int):
    return page.locator(f'.line[data-row="{row}"] > .cell').nth(column)


def focused(page: Page) -> list[int]:
    return page.evaluate(
        "() => { const cell = document.activeElement.closest('.cell');"
        " return [Number(cell.parentElement.dataset.row), [...cell.parentElement.children].indexOf(cell)] }"
    )


def box(page: Page, which: str) -> dict[str, float]:
    """Where a picture lies on the screen, moved and enlarged as it is."""
    return page.locator(which).evaluate(
        "each => { const {x, y, width, height} = each.getBoundingClientRect(); return {x, y, width, height} }"
    )


def image(row: int, column: int) -> str:
    return f'.line[data-row="{row}"] > .cell:nth-child({column + 1}) img:first-child'


def part(page: Page, row: int, column: int) -> list[float]:
    """Which part of a picture its cell shows: left, top, right, bottom as shares."""
    window = box(page, f'.line[data-row="{row}"] > .cell:nth-child({column + 1}) .picture')
    picture = box(page, image(row, column))
    left = (window["x"] - picture["x"]) / picture["width"]
    top = (window["y"] - picture["y"]) / picture["height"]
    return [left, top, left + window["width"] / picture["width"], top + window["height"] / picture["height"]]


def settled(page: Page) -> None:
    """The view follows within a frame, the address a moment later."""
    page.wait_for_timeout(400)
