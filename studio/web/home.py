"""Screen: home, the groups and their comparisons."""

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from studio.queries import entries, home, nights

screen = Blueprint("home", __name__)


@screen.get("/")
def page() -> ResponseReturnValue:
    return render_template(
        "home/page.html",
        groups=home.groups(g.session),
        nights=nights.newest(g.session),
        entries=entries.entries(g.session),
    )
