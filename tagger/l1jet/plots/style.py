"""One look for all plots of the tagger, and how they are written.

>>> with style.subplots(figsize=(10, 9)) as (figure, axes):                   # doctest: +SKIP
...     axes.errorbar(x, y, yerr)
...     style.label(axes)
...     style.save(figure, folder / "roc", {"auc": 0.93, "auc_uncertainty": 0.01})
"""

from __future__ import annotations

import contextlib
import contextvars
import io
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyrun.framework.errors import FileWriteError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CONDITIONS = contextvars.ContextVar("CONDITIONS", default="14 TeV, PU 200")
DPI = 80

#: M. Petroff's ten colours (arXiv:2107.02270), which CMS recommends: told apart also by the colour-blind.
COLORS = (
    *("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"),
    *("#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"),
)
#: Line styles to go with them, so that a black-and-white print can be read.
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)), (0, (3, 1, 1, 1)))
#: How classes are called in plots.
CLASS_NAMES = {
    "b": "b",
    "charm": "c",
    "light": "uds",
    "gluon": "g",
    "taup": r"$\tau^{+}$",
    "taum": r"$\tau^{-}$",
    "muon": r"$\mu$",
    "electron": "e",
}
CLASS_COLORS = dict(
    zip(
        CLASS_NAMES,
        ("#bd1f01", "#ffa90e", "#3f90da", "#94a4a2", "#832db6", "#e76300", "#a96b59", "#717581"),
        strict=True,
    )
)
CLASS_LINES = dict(zip(CLASS_NAMES, LINES, strict=True))

_CHANGES = {
    "font.size": 22,
    "axes.labelsize": 24,
    "legend.fontsize": 18,
    "legend.title_fontsize": 18,
    "lines.linewidth": 2.5,
    "errorbar.capsize": 0,
    "figure.constrained_layout.h_pad": 0.12,
    "figure.constrained_layout.w_pad": 0.12,
}


@contextlib.contextmanager
def look() -> Iterator[None]:
    """CMS's style as mplhep has it, with smaller text; whatever is drawn inside gets it, and nothing outside."""
    import matplotlib
    import mplhep

    with matplotlib.rc_context({**mplhep.style.CMS, **_CHANGES}):
        yield


@contextlib.contextmanager
def subplots(rows: int = 1, columns: int = 1, **options: Any) -> Iterator[tuple[Figure, Any]]:
    """A new figure and its axes, to be filled inside the `with`.

    It belongs to no window and no global state, so that plots can be drawn in any thread and need no closing.

    Parameters
    ----------
    rows, columns : int
    **options
        ``figsize`` (default: 10 by 9 inches per panel); the rest is for `matplotlib.figure.Figure.subplots`.

    Yields
    ------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes, or an array of them as matplotlib gives it
    """
    with look():
        from matplotlib.figure import Figure

        size = options.pop("figsize", (10 * columns, 9 * rows))
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        yield figure, figure.subplots(rows, columns, **options)


@contextlib.contextmanager
def conditions(text: str) -> Iterator[None]:
    """What stands above the plots that are made inside, in the place of energy and pile-up."""
    token = CONDITIONS.set(text)
    try:
        yield
    finally:
        CONDITIONS.reset(token)


def label(axes: Axes, conditions: str = "", name: str = "simulation") -> None:
    """Above the axes: on the left whose plot it is, "pyrun simulation"; on the right under which conditions."""
    axes.set_title(rf"$\mathbf{{pyrun}}$ $\it{{{name}}}$", loc="left", fontsize=24, pad=8)
    axes.set_title(conditions or CONDITIONS.get(), loc="right", fontsize=21, pad=8)


def note(axes: Axes, text: str, where: tuple[float, float] = (0.05, 0.95), **options: Any) -> None:
    """A few words inside the axes; `where` in fractions of them, by default of the text's upper left corner."""
    options = {"ha": "left", "va": "top", "fontsize": 19, "linespacing": 1.3} | options
    axes.text(*where, text, transform=axes.transAxes, **options)


def nothing(axes: Axes, why: str) -> None:
    """Say inside empty axes why there is nothing to see."""
    note(axes, why, (0.5, 0.5), ha="center", va="center", color="#717581", wrap=True)


def save(figure: Figure, path: str | Path, numbers: Mapping[str, Any]) -> list[Path]:
    """Write a plot as PNG and PDF, and its numbers as JSON: all three, or none.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or Path
        Without a suffix; its folder is made.
    numbers : mapping
        What the plot shows: dicts, lists, arrays, numbers. NaN and infinities, which JSON has not, become null.

    Returns
    -------
    list of Path
        The three files.

    Raises
    ------
    FileWriteError
        The disk is full, or the folder can't be written.
    """
    path = Path(path)
    text = json.dumps(_plain(numbers), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    targets = [path.parent / (path.name + suffix) for suffix in (".png", ".pdf", ".json")]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".plot-", dir=path.parent) as scratch, look():
            made = [Path(scratch) / target.name for target in targets]
            _settle(figure)
            _write_png(figure, made[0])
            figure.savefig(made[1], metadata={"CreationDate": None})  # so that the same plot gives the same file
            made[2].write_text(text, encoding="utf-8")
            _move(made, targets)
    except OSError as error:
        raise FileWriteError(f"The plot {path} can't be written: {error.strerror or error}") from error
    return targets


def _settle(figure: Figure) -> None:
    """Find the places of all parts once: else each file would do it again, which takes half of the time."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)  # with "none", matplotlib draws once more before each file


def _write_png(figure: Figure, path: Path) -> None:
    """In 256 colours: a third of the size, for pages with dozens of plots."""
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def _move(made: list[Path], targets: list[Path]) -> None:
    """Rename all files, or put back what was there."""
    before = [made[0].parent / f"before-{target.name}" for target in targets]
    done = 0
    try:
        for old, new, target in zip(before, made, targets, strict=True):
            if target.exists():
                shutil.copy2(target, old)
            os.replace(new, target)
            done += 1
    except OSError:
        for old, target in list(zip(before, targets, strict=True))[:done]:
            if old.exists():
                os.replace(old, target)
            else:
                target.unlink()
        raise


def _plain(value: Any) -> Any:
    """The same in what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(x) for key, x in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(x) for x in (value.tolist() if isinstance(value, np.ndarray) else value)]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"A plot's numbers can't hold a {type(value).__name__}")
