"""A run's folder as the steps leave it, small: for tests of what is made from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

AUCS = {
    "b_vs_light": {"auc": 0.912, "uncertainty": 0.004, "required": 0.9},
    "taup_vs_taum": {"auc": 0.88, "uncertainty": 0.013, "required": 0.9},
}
HISTORY = {"loss": [1.5, 1.2, 1.1], "val_loss": [1.6, 1.3, 1.2]}
METADATA = {
    "name": "baseline",
    "quantized": True,
    "ebops": 197_432,
    "labels": ["b", "charm"],
    "versions": {"keras": "3.15.0"},
    "git_revision": "0123456789abcdef",
}
SYNTHESIS = {
    "latency": [
        {"what": "the network alone", "clock_mhz": 400.0, "cycles": 13, "latency_ns": 32.5},
        {"what": "CMS's tagger in firmware", "clock_mhz": 360.0, "cycles": None, "latency_ns": 1000.0},
    ],
    "device": {"lut": 1_728_000, "ff": 3_456_000},
    "published": {"latency_ns": 1000.0},
    "total": {"lut": 75_600, "ff": 16_100, "depth": 9},
}
EMULATION = {"after_softmax": {"hls4ml": {"differing_bits": 0}, "verilog": {"skipped": "Verilator is missing"}}}


def write_plot(folder: Path, name: str, numbers: Any, color: tuple[int, int, int] = (200, 30, 30)) -> None:
    """PNG, PDF and JSON."""
    from PIL import Image

    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (800, 640), color).save(f"{path}.png")
    Path(f"{path}.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    Path(f"{path}.json").write_text(json.dumps(numbers))


def write_run(folder: Path, seed: int = 1) -> Path:
    """A complete one; another seed is another training."""
    folder.mkdir(parents=True)
    (folder / "model.keras").write_bytes(b"PK not really")
    (folder / "config.yaml").write_text(f"model: deepsets_hgq\ntraining_config:\n  seed: {seed}\n  epochs: 3\n")
    (folder / "metadata.json").write_text(json.dumps(METADATA | {"seed": seed}))
    (folder / "history.json").write_text(json.dumps(HISTORY))
    aucs = {name: entry | {"auc": entry["auc"] + 0.001 * (seed - 1)} for name, entry in AUCS.items()}
    write_plot(folder, "plots/summary/auc", {"models": {"baseline": {"auc": aucs}, "other": {"auc": AUCS}}})
    curve = {"auc": 0.912, "signal_efficiency": [0.1, 0.5, 1.0], "mistag_rate": [0.001, 0.01, 1.0]}
    write_plot(folder, "plots/roc/main", {"curves": {"b_vs_light": curve}})
    write_plot(folder, "plots/roc/pairwise_taup", {"classes": ["b", "charm"], "auc": [[None, 0.6], [0.6, None]]})
    write_plot(folder, "plots/response/b_pt", {"pt": [15, 20], "response": [0.9, 0.95]})
    write_plot(folder, "plots/firmware/resources", [{"layer": "dense", "lut": 10}, {"layer": "softmax", "lut": 20}])
    write_plot(folder, "plots/firmware/synthesis", {"stages": [10, 20]})  # firmware/synthesis.json has its name
    write_plot(folder, "studies/bbbb/rate", {"rate_khz": 14.0})
    points = {"target_rate": 14_000.0, "best": {"efficiency": {"value": 0.52, "low": 0.5, "high": 0.54}}}
    (folder / "studies" / "bbbb" / "working_points.json").write_text(json.dumps(points))
    firmware = folder / "firmware"
    (firmware / "verilog").mkdir(parents=True)
    (firmware / "verilog" / "top.v").write_text("module top; endmodule\n")
    (firmware / "synthesis.json").write_text(json.dumps(SYNTHESIS))
    (firmware / "emulation.json").write_text(json.dumps(EMULATION))
    (firmware / "yosys.log").write_text("Number of cells: 75600\n")
    return folder
