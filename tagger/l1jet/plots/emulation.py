"""How the emulators of a model differ from keras, on the same jets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..toy_jets import CLASSES
from . import roc, style
from .discriminants import B_VS_UDSG, LIGHT_VS_GLUON, TAU_CHARGE, TAU_VS_UDSG

REFERENCE = "keras"
OUTPUTS = (*CLASSES, "pt")
PANELS = {"before_softmax": "Before the softmax", "after_softmax": "After the softmax"}
CELLS = ("white", "#d5ebd0", "#f4b5a6")  # not run, equal, different
OVERLAID = (B_VS_UDSG, LIGHT_VS_GLUON, TAU_VS_UDSG, TAU_CHARGE)


def plot(result: Mapping[str, Any], answers: Mapping[str, npt.NDArray[Any]], label: Any, folder: Path) -> None:
    """A table of differing values, and ROC curves of all emulators one on the other.

    Parameters
    ----------
    result : mapping
        `firmware.emulation.emulate`'s.
    answers : mapping of str to numpy.ndarray, shape (jets, classes + 1)
        By emulator, and of keras.
    label : numpy.ndarray of int, shape (jets,)
    """
    _differences(result, folder / "emulation" / "differences")
    names = sorted(answers, key=lambda name: name != REFERENCE)
    for d in OVERLAID:
        curves = [
            # one in the other, so that all are seen where they agree
            roc.Curve(name, name, *d.split(answers[name][:, :-1], label), *_look(k), band=k == 0)
            for k, name in enumerate(names)
        ]
        roc.draw(folder / "emulation" / f"roc_{d.name}", curves, d.title)


def _look(number: int) -> tuple[str, Any, float]:
    number %= 5
    color = (style.COLORS[3], style.COLORS[1], style.COLORS[0], style.COLORS[2], "black")[number]
    return color, ("-", "-", "-", "--", ":")[number], (12, 8.5, 5.5, 3, 2)[number]


def _differences(result: Mapping[str, Any], path: Path) -> None:
    """Emulators down, outputs across: how many values differ, and by how much at most."""
    panels = {key: result[key] for key in PANELS if result.get(key)}
    rows = max((len(x) for x in panels.values()), default=1)
    with style.subplots(len(panels) or 1, 1, figsize=(15, 1.2 + len(panels) * (1.4 + 0.75 * rows)), squeeze=False) as (
        figure,
        all_axes,
    ):
        for axes, (key, emulators) in zip(all_axes[:, 0], panels.items(), strict=False):
            _panel(axes, emulators)
            axes.set_title(f"{PANELS[key]}, compared with {result['reference']}", loc="right", fontsize=21, pad=8)
        first = all_axes[0, 0]
        first.set_title(r"$\mathbf{pyrun}$ $\it{simulation}$", loc="left", fontsize=24, pad=8)
        if not panels:
            style.nothing(first, "Nothing has been compared")
        all_axes[-1, 0].set_xlabel(f"Values that differ of {result['jets']:,} jets, and the largest difference")
        style.save(figure, path, result)


def _panel(axes: Any, emulators: Mapping[str, Any]) -> None:
    from matplotlib.colors import ListedColormap

    kind = np.zeros((len(emulators), len(OUTPUTS)))
    for i, found in enumerate(emulators.values()):
        for j, name in enumerate(OUTPUTS):
            if "skipped" in found:
                text = "not run" if j == 0 else ""
            else:
                entry = found["by_output"][name]
                number, far = entry["differing_values"], entry["largest_difference"]
                kind[i, j] = 2 if number else 1
                text = f"{number}\n{far:.2g}" if number else "0"
            axes.text(j, i, text, ha="center", va="center", fontsize=17)
    axes.imshow(kind, cmap=ListedColormap(CELLS), vmin=0, vmax=2, aspect="auto")
    axes.set_xticks(np.arange(1, len(OUTPUTS)) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, len(emulators)) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=3, linestyle="-", alpha=1)
    titles = [*(style.CLASS_NAMES[name] for name in CLASSES), "$p_T$"]
    axes.set(xticks=range(len(OUTPUTS)), xticklabels=titles, yticks=range(len(emulators)), yticklabels=list(emulators))
    axes.tick_params(which="both", length=0)
