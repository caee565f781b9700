"""How plots of the tagger are written."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from pyrun.framework.errors import FileWriteError
from pyrun.tagger.l1jet.plots import style


@pytest.fixture
def figure():
    with style.subplots(figsize=(3, 3)) as (figure, axes):
        axes.plot([0, 1], [0, 1])
        style.label(axes)
        yield figure


def test_a_plot_is_a_png_a_pdf_and_its_numbers(figure, tmp_path):
    png, pdf, numbers = style.save(figure, tmp_path / "new" / "v1.5", {"y": np.array([0.5, np.nan]), "n": np.int64(3)})
    assert png.read_bytes().startswith(b"\x89PNG") and pdf.read_bytes().startswith(b"%PDF")
    assert numbers.name == "v1.5.json" and json.loads(numbers.read_text()) == {"y": [0.5, None], "n": 3}
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["v1.5.json", "v1.5.pdf", "v1.5.png"]


def test_if_a_file_cannot_be_replaced_all_stay_as_they_were(figure, tmp_path, monkeypatch):
    files = style.save(figure, tmp_path / "roc", {"auc": 0.8})
    before = [file.read_bytes() for file in files]
    figure.axes[0].plot([0, 1], [1, 0])
    real = os.replace

    def full(source, target):
        if str(target).endswith("roc.json") and "before" not in str(source):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(FileWriteError, match="roc can't be written: No space left"):
        style.save(figure, tmp_path / "roc", {"auc": 0.9})
    assert [file.read_bytes() for file in files] == before
    assert len(list(tmp_path.iterdir())) == 3


def test_numbers_that_json_does_not_know_write_nothing(figure, tmp_path):
    with pytest.raises(TypeError, match="set"):
        style.save(figure, tmp_path / "roc", {"x": {1, 2}})
    assert not list(tmp_path.iterdir())


def test_the_look_is_gone_after_the_plot():
    import matplotlib

    before = matplotlib.rcParams["font.size"]
    with style.look():
        assert matplotlib.rcParams["font.size"] != before
    assert matplotlib.rcParams["font.size"] == before
