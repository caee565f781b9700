"""Tables and plots of firmware: resources beside the device and what is published, precision, layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..plots import style
from .synthesis import DEVICE, PUBLISHED

if TYPE_CHECKING:
    from rich.table import Table

COLORS = {"weights": "#3f90da", "biases": "#92dadd", "inputs": "#bd1f01", "tables": "#ffa90e"}


def latency_rows(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """Latency and clock of this network, at its own clock and at CMS's, and what is published."""
    verilog = metadata["verilog"]
    cycles, period = verilog["latency_cycles"], metadata["clock_period_ns"]
    clocks = {"at the clock it was made for": 1000 / period, "at the published clock": PUBLISHED["clock_mhz"]}
    rows = [
        {"what": f"the network alone, {name}", "clock_mhz": mhz, "cycles": cycles, "latency_ns": cycles * 1000 / mhz}
        for name, mhz in clocks.items()
    ]
    published = {"what": f"CMS's tagger in firmware ({PUBLISHED['source']})", "clock_mhz": PUBLISHED["clock_mhz"]}
    return [*rows, published | {"cycles": None, "latency_ns": PUBLISHED["latency_ns"]}]


def synthesis_table(metadata: dict[str, Any], synthesis: dict[str, Any] | None) -> Table:
    """Resources: da4ml's estimate, Yosys' count, and their share of an XCVU13P."""
    from rich.table import Table

    table = Table("", "da4ml's estimate", "Yosys", "of an XCVU13P", title=f"{metadata['name']} in {metadata['part']}")
    verilog, total = metadata["verilog"], (synthesis or {}).get("total", {})
    estimates = {"lut": verilog["estimated_lut"], "ff": verilog["estimated_ff"]}
    for kind, available in DEVICE.items():
        used = total.get(kind, 0) + (2 * total.get("bram36", 0) if kind == "bram18" else 0) if total else None
        share = used if used is not None else estimates.get(kind)
        table.add_row(
            {"lut": "LUT", "ff": "FF", "dsp": "DSP", "bram18": "BRAM (18 kb)"}[kind],
            f"{estimates[kind]:,}" if kind in estimates else "",
            "" if used is None else f"{used:,}",
            "" if share is None else f"{share / available:.2%}",
        )
    deepest = f"{max(verilog['estimated_depth_by_stage']):.0f} adders"
    table.add_row("Depth of a stage", deepest, f"{total['depth']} cells" if total else "", "")
    table.add_row("Initiation interval", f"{verilog['initiation_interval']} clock", "", "")
    return table


def latency_table(metadata: dict[str, Any]) -> Table:
    """`latency_rows` to read."""
    from rich.table import Table

    table = Table("Latency", "Clock", "Clocks", "Time")
    for row in latency_rows(metadata):
        cycles = "" if row["cycles"] is None else str(row["cycles"])
        about = "about " if row["cycles"] is None else ""
        table.add_row(row["what"], f"{row['clock_mhz']:.0f} MHz", cycles, f"{about}{row['latency_ns']:.0f} ns")
    return table


def plot_synthesis(metadata: dict[str, Any], synthesis: dict[str, Any] | None, folder: Path) -> list[Path]:
    """LUTs and depth of each stage, and the latency, as ``synthesis.{png,pdf,json}``."""
    verilog = metadata["verilog"]
    stages = np.arange(verilog["stages"])
    numbers = {
        "latency": latency_rows(metadata),
        "estimated_lut": verilog["estimated_lut_by_stage"],
        "estimated_depth": verilog["estimated_depth_by_stage"],
        "lut": [part["lut"] for part in synthesis["stages"]] if synthesis else None,
        "depth": [part["depth"] for part in synthesis["stages"]] if synthesis else None,
        "total": synthesis["total"] if synthesis else None,
        "device": DEVICE,
        "published": PUBLISHED,
    }
    with style.subplots(1, 3, figsize=(30, 9)) as (figure, (luts, depths, latency)):
        shift = 0.2 if synthesis else 0.0
        for axes, kind, name in ((luts, "lut", "LUTs"), (depths, "depth", "Depth")):
            unit = " (adders)" if kind == "depth" else ""
            width = 0.4 if synthesis else 0.8
            axes.bar(
                stages - shift, numbers[f"estimated_{kind}"], width, color="#94a4a2", label=f"da4ml's estimate{unit}"
            )
            if synthesis:
                unit = " (cells, carry chains included)" if kind == "depth" else ""
                axes.bar(stages + shift, numbers[kind], width, color="#3f90da", label=f"Yosys{unit}")
            axes.set_xlabel("Pipeline stage")
            axes.set_ylabel(f"{name} of the stage")
            axes.set_xticks(stages)
            axes.tick_params(axis="x", which="minor", bottom=False, top=False)
            axes.set_ylim(0, axes.get_ylim()[1] * 1.2)
            axes.legend()
            style.label(axes, metadata["part"].split("-")[0])
        rows = numbers["latency"]
        bars = latency.barh(np.arange(3), [row["latency_ns"] for row in rows], color=["#3f90da", "#3f90da", "#ffa90e"])
        texts = [
            f"{row['latency_ns']:.0f} ns, {row['cycles']} clocks of {row['clock_mhz']:.0f} MHz"
            if row["cycles"]
            else f"about {row['latency_ns']:.0f} ns, {row['clock_mhz']:.0f} MHz"
            for row in rows
        ]
        names = ["network,\nits own clock", "network,\nCMS's clock", f"CMS firmware\n{PUBLISHED['source']}"]
        latency.set_yticks(np.arange(3), names)
        latency.tick_params(axis="y", which="both", left=False, right=False)
        latency.bar_label(bars, texts, padding=6)
        latency.set_xscale("log")
        latency.set_xlim(10, 200_000)
        latency.invert_yaxis()
        latency.set_xlabel("Latency (ns)")
        style.label(latency, "no timing closure")
        return style.save(figure, folder / "synthesis", numbers)


def plot_precision(quantisers: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Distributions of weights, biases and inputs against what their types can hold, as ``precision.*``."""
    shown = [x for x in quantisers if x["magnitude"] and x["step"]]
    with style.subplots(figsize=(16, 2.5 + 0.55 * len(shown))) as (figure, axes):
        for k, one in enumerate(shown):
            low, high = one["step"], one["largest"]
            axes.barh(k, high - low, left=low, height=0.8, color="#717581", alpha=0.25, lw=0)
            smallest, low5, low25, middle, high75, high95, largest = one["magnitude"]
            color = COLORS.get(one["role"], "#717581")
            axes.plot([max(smallest, 2.0**-24), largest], [k, k], color=color, lw=1)
            axes.plot([low5, high95], [k, k], color=color, lw=3)
            axes.barh(k, high75 - low25, left=low25, height=0.5, color=color, alpha=0.6, lw=0)
            axes.plot([middle, middle], [k - 0.25, k + 0.25], color="black", lw=2)
        axes.set_xscale("log", base=2)
        axes.set_yticks(range(len(shown)), [_title(x) for x in shown], fontsize=15)
        axes.set_xlim(min(x["step"] for x in shown) / 2, max(x["largest"] for x in shown) * 2)
        axes.set_ylim(-1, len(shown))
        axes.tick_params(axis="y", which="minor", left=False, right=False)
        axes.invert_yaxis()
        axes.set_xlabel("Absolute value")
        for role, color in COLORS.items():
            if any(x["role"] == role for x in shown):
                axes.plot([], [], color=color, lw=8, alpha=0.6, label=role)
        axes.plot([], [], color="#717581", lw=12, alpha=0.25, label="from the smallest step to the largest value")
        figure.legend(loc="outside lower center", ncols=3, fontsize=15)
        style.label(axes, "lines: all and 90%; boxes: half of the values")
        return style.save(figure, folder / "precision", {"quantisers": quantisers})


def _title(quantiser: dict[str, Any]) -> str:
    """Which layer's, and what for; a softmax has two tables, with an input each."""
    table = next((f" of {name}" for name in ("exp", "inv") if f"_{name}_table" in quantiser["name"]), "")
    return f"{quantiser['layer']}, {quantiser['role']}{table}"


def plot_losses(quantisers: list[dict[str, Any]], folder: Path) -> list[Path]:
    """What each quantiser rounds away, and what that does to the scores, as ``precision_losses.*``."""
    ranked = sorted(quantisers, key=lambda x: -x["relative_error"])[:20]
    with style.subplots(1, 2, figsize=(24, 2.5 + 0.5 * len(ranked)), sharey=True) as (figure, (error, effect)):
        color = [COLORS.get(x["role"], "#717581") for x in ranked]
        place = np.arange(len(ranked))
        error.barh(place, [100 * x["relative_error"] for x in ranked], color=color)
        error.set_yticks(place, [_title(x) for x in ranked], fontsize=15)
        error.invert_yaxis()
        error.set_xlabel("Change by quantisation, rms (%)")
        effect.barh(place, [x["effect_on_scores"] for x in ranked], color=color)
        effect.set_xlabel("Change of scores without it, rms")
        for axes in (error, effect):
            axes.tick_params(axis="y", which="minor", left=False, right=False)
            style.label(axes, "largest losses first")
        return style.save(figure, folder / "precision_losses", {"ranked": ranked})


def plot_resources(layers: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Effective bit operations and LUTs of each layer, as ``resources.*``."""
    with style.subplots(figsize=(13, 9)) as (figure, axes):
        place = np.arange(len(layers))
        axes.barh(place - 0.2, [x["ebops"] for x in layers], 0.4, color="#3f90da", label="effective bit operations")
        axes.barh(
            place + 0.2, [x["estimated_lut"] for x in layers], 0.4, color="#ffa90e", label="LUTs, da4ml's estimate"
        )
        axes.set_yticks(place, [x["layer"] for x in layers], fontsize=17)
        axes.tick_params(axis="y", which="minor", left=False, right=False)
        axes.invert_yaxis()
        axes.set_xlim(0, axes.get_xlim()[1] * 1.05)
        axes.set_xlabel("Resources of the layer")
        figure.legend(loc="outside lower center", ncols=2)
        style.label(axes, "before synthesis")
        return style.save(figure, folder / "resources", {"layers": layers})


def profile_table(quantisers: list[dict[str, Any]], layers: list[dict[str, Any]]) -> Table:
    """Per layer: resources, bits of weights and inputs, and the largest loss."""
    from rich.table import Table

    table = Table("Layer", "EBOPs", "LUTs (da4ml)", "Bits of weights", "Bits of inputs", "Largest loss, rms")
    for layer in layers:
        own = [x for x in quantisers if x["layer"] == layer["layer"]]
        bits = {role: np.mean([x["bits_mean"] for x in own if x["role"] == role]) if own else np.nan for role in COLORS}
        worst = max(own, key=lambda x: x["relative_error"], default=None)
        table.add_row(
            layer["layer"],
            f"{layer['ebops']:,.0f}",
            f"{layer['estimated_lut']:,.0f}",
            *("" if np.isnan(bits[role]) else f"{bits[role]:.1f}" for role in ("weights", "inputs")),
            f"{worst['relative_error']:.1%} ({worst['role']})" if worst else "",
        )
    return table
