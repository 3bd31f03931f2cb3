"""Photos that were chosen on a page, as its form sends them."""

from flask import request
from flask_babel import gettext as _

from studio.errors import StudioError

BYTES = 1 << 20  # the numbers of a hundred thousand photos


def chosen() -> list[int]:
    """Ticked photos of the form, and those that the wall remembers beyond what it shows, each once.

    Raises:
        StudioError: none.
    """
    listed = [*request.form.getlist("sample"), *request.form.get("samples", "").split(",")]
    found = {int(each) for each in listed if each.isdecimal() and len(each) < 10}
    if not found:
        raise StudioError(_("No photo is selected."), _("Select some first."))
    return sorted(found)
