"""Screen: the desk of one comparison."""

from http import HTTPStatus

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.domain import desk as words
from studio.domain.change import change, sentence
from studio.domain.draft import Wanted
from studio.domain.measurement import NOTHING, STAND_INS, Numbers, apart_in, twin_fact
from studio.domain.view import View, read
from studio.domain.vocabulary import Fill
from studio.errors import NotFound
from studio.queries import cells, comparisons, measurements, views
from studio.queries.cells import WINDOW
from studio.queries.comparisons import Desk, Progress
from studio.queries.forecasts import Forecast, forecast
from studio.services import comparisons as verbs
from studio.services import measurements as record
from studio.services import runs
from studio.settings import settings
from studio.web import view_links
from studio.web.columns import address_of, column_name, duration, said, waiting
from studio.web.columns import places as place_names

screen = Blueprint("comparisons", __name__, url_prefix="/comparisons")

OUTPUTS_CHANGED = '{"outputs-changed": {"target": "#desk"}}'  # rows and heads look again when they hear it


@screen.get("/<public_id>")
def page(public_id: str) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    view = _view()
    places = views.places(g.session, desk, view)
    row = _whole("row", 0, max(0, len(places) - 1))
    column = _whole("column", min(1, len(desk.columns)), len(desk.columns))
    window = cells.window(g.session, desk, places, row - row % WINDOW)
    far = comparisons.progress(g.session, desk)
    return render_template(
        "comparisons/page.html",
        window=window,
        step=WINDOW,
        column=column,
        **_rows(desk, view),
        **_bar(desk, view, far),
        **_whole_desk(desk, far),
    )


@screen.get("/<public_id>/rows/<int:first>")
def rows(public_id: str, first: int) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    view = _view()
    window = cells.window(g.session, desk, views.places(g.session, desk, view), first)
    if request.if_none_match.contains(window.tag):
        return "", HTTPStatus.NOT_MODIFIED
    return render_template("comparisons/_rows.html", desk=desk, window=window, **_rows(desk, view))


def _view() -> View:
    given = request.args
    return read(given.get("sort", ""), given.get("only", ""), given.getlist("tag"))


def _bar(desk: Desk, view: View, far: Progress) -> dict[str, object]:
    """Sort, filters and other choices of the controls, as links and buttons."""
    states = view_links.states(view, far.failed, far.missing)
    return {
        "choices": words.choices(desk.columns),
        "sorts": view_links.sorts(view, not views.held(g.session, desk)),
        "states": states,
        "tags": view_links.tags(view, views.tags(g.session, desk)),
        "chosen": view_links.chosen(view, states),
    }


def _rows(desk: Desk, view: View) -> dict[str, object]:
    """What all rows share."""
    return {
        "address": url_for("comparisons.page", public_id=desk.public_id),
        "query": address_of(view),
        "places": place_names(desk.columns),
        "names": {column.position: column_name(column) for column in desk.columns},
        "said": said(),
        "waits": waiting(),
    }


@screen.get("/<public_id>/progress")
def progress(public_id: str) -> ResponseReturnValue:
    """Asked every second while something runs; 304 unless something changed, and then the rows hear of it."""
    desk = comparisons.desk(g.session, public_id)
    found = comparisons.progress(g.session, desk)
    if request.if_none_match.contains(found.tag):
        return "", HTTPStatus.NOT_MODIFIED
    response = make_response(render_template("comparisons/_change.html", **_whole_desk(desk, found)))
    response.headers["HX-Trigger"] = OUTPUTS_CHANGED
    return response


@screen.post("/<public_id>/numbers")
def numbers(public_id: str) -> ResponseReturnValue:
    """Read the record in MLflow once, then show what the cache holds now."""
    desk = comparisons.desk(g.session, public_id)
    fresh = record.refresh(g.session, desk)
    return render_template(
        "comparisons/_numbers.html",
        stale=not fresh,
        **_whole_desk(desk, comparisons.progress(g.session, desk)),
    )


@screen.get("/<public_id>/columns/<int:position>")
def column(public_id: str, position: int) -> str:
    """All numbers of one column, for who opens them."""
    desk = comparisons.desk(g.session, public_id)
    found = measurements.numbers(g.session, desk)
    if position >= len(desk.columns):
        raise NotFound("This comparison has fewer columns.", "Reload the page.")
    return render_template(
        "comparisons/_detail.html",
        column=desk.columns[position],
        mine=found.get(position, NOTHING),
        read_at=_oldest(list(found.values())),
    )


@screen.post("/<public_id>/run")
def run(public_id: str) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    fill = request.form.get("fill", "")
    runs.start_comparison(
        g.session,
        g.person_id,
        desk.id,
        again="again" in request.form,
        fill=Fill(fill) if fill in {*Fill} else Fill.ALL,
    )
    return _after(desk)


@screen.post("/<public_id>/cancel")
def cancel(public_id: str) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    under_way = comparisons.progress(g.session, desk)
    if under_way.running:
        runs.cancel(g.session, g.person_id, under_way.run)
    return _after(desk)


@screen.post("/<public_id>/outputs/<int:output_id>/retry")
def retry(public_id: str, output_id: int) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    runs.retry_output(g.session, g.person_id, desk.id, output_id)
    return _after(desk)


@screen.post("/<public_id>/name")
def name(public_id: str) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    given = request.form
    verbs.rename(g.session, g.person_id, desk.id, given.get("name", ""), given.get("note", ""))
    return redirect(url_for(".page", public_id=public_id), HTTPStatus.SEE_OTHER)


@screen.post("/<public_id>/pin")
def pin(public_id: str) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    verbs.pin(g.session, g.person_id, desk.id, pinned=request.form.get("pinned") == "1")
    return redirect(url_for(".page", public_id=public_id), HTTPStatus.SEE_OTHER)


def _after(desk: Desk) -> ResponseReturnValue:
    """What a button is answered with: the new progress, or without scripts the page."""
    if not request.headers.get("HX-Request"):
        return redirect(url_for(".page", public_id=desk.public_id), HTTPStatus.SEE_OTHER)
    fresh = comparisons.desk(g.session, desk.public_id)  # "run again" gave the columns a new take
    response = make_response(
        render_template(
            "comparisons/_change.html", **_whole_desk(fresh, comparisons.progress(g.session, fresh))
        )
    )
    response.headers["HX-Trigger"] = OUTPUTS_CHANGED
    return response


def _whole_desk(desk: Desk, how_far: Progress) -> dict[str, object]:
    """All that heads, sentence and bar say."""
    found = measurements.numbers(g.session, desk)
    twins = {each.position: words.twin(each, desk.columns) for each in desk.columns}
    fact = twin_fact(desk.columns, found)
    leaders = words.leaders(desk.columns)
    told = sentence(
        [change(each.version, found.get(each.position, NOTHING).own) for each in leaders],
        words.subject(leaders),
    )
    return {
        "desk": desk,
        "numbers": {column.position: found.get(column.position, NOTHING) for column in desk.columns},
        "differing": words.differing([column.params for column in desk.columns]),
        "controls": words.shared([column.controls for column in desk.columns]),
        "twins": {position: twin.position for position, twin in twins.items() if twin},
        "against": {each.position: words.against(each, desk.columns) for each in desk.columns},
        "broken": {
            position: apart_in(found.get(position, NOTHING), found.get(base, NOTHING))
            for position, base in words.baselines(desk.columns).items()
        },
        "fact": fact,
        "told": told,
        "changes": how_far.changes(leaders) if not told and (len(leaders) > 1 or fact is None) else [],
        "stand_in": any(STAND_INS & {*each.own} for each in found.values()),
        "read_at": _oldest(list(found.values())),
        "progress": how_far,
        "forecast": _forecast(desk, how_far),
        "duration": duration,
    }


def _forecast(desk: Desk, how_far: Progress) -> Forecast | None:
    """Only where a button would start something."""
    if how_far.running or not how_far.missing:
        return None
    columns = [Wanted(each.variant_id, each.controls, each.take_id) for each in desk.columns]
    return forecast(g.session, desk.revision_id, columns, settings().serving_workers)


def _oldest(numbers: list[Numbers]) -> object:
    times = [value.read_at for each in numbers for value in each.own.values() if value.read_at]
    return min(times, default=None)


def _whole(name: str, usual: int, most: int) -> int:
    """A whole number of the address, within 0…most."""
    given = request.args.get(name, type=int)
    return usual if given is None else max(0, min(given, most))
