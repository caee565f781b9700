"""pytagger evaluate-emulation"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np


# fmt: off
@click.command("evaluate-emulation")
@click.argument("model", type=click.Path(path_type=Path, file_okay=False), default=Path("output/baseline"))
@click.option("-i", "-d", "--data", type=click.Path(path_type=Path, file_okay=False), default=Path("training_data"),
              show_default=True, help="What make-data has written; its testing part is used.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the plots.  [MODEL/plots]")
@click.option("--firmware", type=click.Path(path_type=Path, file_okay=False),
              help="What `firmware convert` has written.  [MODEL/firmware]")
@click.option("-n", "--number", default=10_000, show_default=True, type=click.IntRange(1), help="Of test jets.")
@click.option("-b/-B", "--before-softmax/--no-before-softmax", default=True, show_default=True,
              help="Whether to compare what goes into the softmax, too: converts a second network.")
@click.option("--again", is_flag=True, help="Run the emulators even if `firmware emulate` has done so on these jets.")
@click.option("--timeout", default=3600.0, show_default=True, metavar="SECONDS", help="For building the simulation.")
# fmt: on
def command(
    model: Path,
    data: Path,
    output: Path | None,
    firmware: Path | None,
    number: int,
    before_softmax: bool,
    again: bool,
    timeout: float,
) -> None:
    """Compare keras, hls4ml, da4ml, numba and simulated Verilog of a MODEL on the same test jets.

    Differing values for each class, before and after the softmax, and ROC curves. What `firmware emulate` has found on
    the same jets is taken; else the emulators are run.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what tensorflow tells is of no use here
    import numpy as np

    from ..data import Dataset
    from ..firmware.folder import ANSWERS, Model
    from ..plots import emulation, style

    source = Model.open(model)
    folder = source.output(firmware)
    dataset = Dataset(data, "testing")
    number = min(number, len(dataset))
    result = None if again else stored(source, folder, data, number, before_softmax)
    if result is None:
        result = run(source, folder, data, number, before_softmax, timeout)
    with np.load(folder / ANSWERS) as file:
        answers = {name: file[name] for name in file.files}
    plots = output or model / "plots"
    with style.conditions("toy jets" if _toys(dataset.metadata) else style.CONDITIONS.get()):
        emulation.plot(result, answers, np.asarray(dataset.label[:number]), plots)
    click.echo(summary(result, answers))
    click.echo(f"{plots / 'emulation'} written")


def stored(model: Any, folder: Path, data: Path, number: int, before_softmax: bool) -> dict[str, Any] | None:
    """What `firmware emulate` has found, if it was for this model, on these jets, and all that is wanted."""
    from ..data.dataset import METADATA
    from ..firmware.folder import ANSWERS, EMULATION, KERAS, read_json

    if not (folder / EMULATION).is_file() or not (folder / ANSWERS).is_file():
        return None
    made = min((folder / name).stat().st_mtime for name in (EMULATION, ANSWERS))
    if made < max(file.stat().st_mtime for file in (model.folder / KERAS, data / METADATA)):
        return None
    result = read_json(folder / EMULATION)
    same = result["jets"] == number and result["source"] == f"{number} test jets of {data}"
    return result if same and ("before_softmax" in result or not before_softmax) else None


def run(model: Any, folder: Path, data: Path, number: int, before_softmax: bool, timeout: float) -> dict[str, Any]:
    """Run all emulators, and leave the result with the firmware."""
    from ..firmware.emulation import Jets, emulate

    jets = Jets.read(str(data), number, model.quirks)
    tell = click.echo
    return emulate(model, folder, jets, before_softmax=before_softmax, timeout=timeout, tell=tell)


def _toys(metadata: dict[str, Any]) -> bool:
    return all(source["path"].startswith("toy:") for source in metadata["sources"])


def summary(result: dict[str, Any], answers: Mapping[str, np.ndarray]) -> str:
    """A table in Markdown, and whether the promise is kept."""
    lines = ["| | | differing values | differing bits | largest difference |", "|---|---|---|---|---|"]
    differing = 0
    for key in ("before_softmax", "after_softmax"):
        for name, found in result.get(key, {}).items():
            cells = [key.replace("_", " "), name]
            if "skipped" in found:
                cells += [f"not run: {found['skipped']}", "", ""]
            else:
                differing += found["differing_values"]
                cells += [f"{found['differing_values']} of {found['values']}", str(found["differing_bits"])]
                cells.append(f"{found['largest_difference']:g}")
            lines.append(f"| {' | '.join(cells)} |")
    kept = f"{differing} values differ" if differing else "all agree to the last bit"
    return "\n".join([*lines, "", f"{result['source']}, against keras: {kept} ({', '.join(answers)})."])
