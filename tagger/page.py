"""A table in a page of the documentation, filled by the command that makes its numbers."""

from __future__ import annotations

import re
from pathlib import Path

from pyrun.framework.errors import NotFound

TABLE_BEGINS, TABLE_ENDS = "<!-- evaluation begins -->", "<!-- evaluation ends -->"


def fill_table(page: Path, text: str) -> None:
    """Replace what is between the first two marks of a page that are lines of their own.

    Raises
    ------
    NotFound
        It has none.
    """
    content = page.read_text(encoding="utf-8")
    marks = re.compile(f"^{TABLE_BEGINS}$.*?^{TABLE_ENDS}$", re.MULTILINE | re.DOTALL)
    filled, times = marks.subn(lambda _: f"{TABLE_BEGINS}\n{text}\n{TABLE_ENDS}", content, count=1)
    if not times:
        raise NotFound(f"{page} has no lines {TABLE_BEGINS} and {TABLE_ENDS}: add them where the table goes.")
    page.write_text(filled, encoding="utf-8")
