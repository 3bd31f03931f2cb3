import re

from playwright.sync_api import Page, expect
from sqlalchemy import select

from studio.db.outputs import Output
from studio.domain.vocabulary import OutputState, RunState, StepState
from studio.gateways.storage import Storage
from studio.services import outputs
from tests import factories
from tests.e2e.conftest import SIDE, Studio
from tests.e2e.desk import cell


def test_pictures_appear_while_they_are_made_and_the_asking_ends_with_the_work(
    page: Page, own_studio: Studio
) -> None:
    run = factories.run(own_studio.session, ("generate", StepState.RUNNING), of=own_studio.comparison)
    page.goto(f"{own_studio.desk}?row=25")
    expect(cell(page, 25, 1)).to_contain_text("not made yet")
    expect(page).to_have_title(re.compile(r"^48/52 · "))
    page.evaluate("kept = document.querySelector('.line[data-row=\"25\"] img')")
    column = outputs.columns(own_studio.session, own_studio.comparison.id)[0]
    for hole in outputs.holes(own_studio.session, column):
        output = factories.output(own_studio.session, column, hole)
        output.blob_sha = Storage(own_studio.var / "objects").put(factories.png(hole.position, SIDE, SIDE))
    own_studio.session.commit()
    expect(cell(page, 25, 1).locator("img")).to_be_visible()
    assert page.evaluate("kept.isConnected")
    run.state, run.ended_at = RunState.DONE, run.created_at
    own_studio.session.commit()
    expect(page.locator("#run")).to_be_visible()
    asked = []
    page.on("request", lambda request: request.url.endswith("/progress") and asked.append(request.url))
    page.wait_for_timeout(1500)
    assert asked == []
    expect(page).not_to_have_title(re.compile("^[0-9]"))


def test_an_error_says_its_reason_and_try_again_starts_work(page: Page, own_studio: Studio) -> None:
    page.goto(own_studio.desk)
    failed = cell(page, 0, 2)
    expect(failed).to_contain_text("The photo has no face.")
    failed.get_by_role("button", name="Try again").click()
    expect(page.locator("#cancel")).to_be_visible()
    state = own_studio.session.scalar(select(Output.state).where(Output.state == OutputState.ERROR))
    assert state is OutputState.ERROR
    own_studio.session.commit()
    page.locator("#cancel").click()
    expect(page.locator("#progress")).to_contain_text("cancelled")
