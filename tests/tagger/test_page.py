from __future__ import annotations

import pytest

from pyrun.framework.errors import NotFound
from pyrun.tagger.page import TABLE_BEGINS, TABLE_ENDS, fill_table


def test_the_table_replaces_what_is_between_the_marks(tmp_path):
    page = tmp_path / "page.md"
    before = f"The lines `{TABLE_BEGINS}` and `{TABLE_ENDS}` are told of.\n"
    page.write_text(f"{before}{TABLE_BEGINS}\nold\n{TABLE_ENDS}\nafter\n")
    for _ in range(2):
        fill_table(page, "| \\1 | new |")
        assert page.read_text() == f"{before}{TABLE_BEGINS}\n| \\1 | new |\n{TABLE_ENDS}\nafter\n"


def test_a_page_without_marks_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"nothing {TABLE_BEGINS} here {TABLE_ENDS}\n")
    with pytest.raises(NotFound, match="has no lines"):
        fill_table(page, "text")
    assert page.read_text() == f"nothing {TABLE_BEGINS} here {TABLE_ENDS}\n"
