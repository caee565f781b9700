"""What there is of a run: read from its folder, and never written to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attrs

PLOTS = ("plots", "studies", "firmware")  # folders of a run that plots are looked for in
LARGEST_REPORT = 300_000  # bytes
SUFFIXES = (".png", ".pdf", ".json")
#: Words that are written in a way of their own; "pt" is not "Pt".
WORDS = {
    **{x: x.upper() for x in ("roc", "auc", "ht", "shap", "lut", "luts", "ff", "dsp", "bram", "l1", "wp", "wps")},
    **{"pt": "pT", "mhh": "mHH", "hls4ml": "hls4ml", "da4ml": "da4ml", "ebops": "EBOPs", "bbtt": "bbττ", "hh": "HH"},
    **{"taup": "τ⁺", "taum": "τ⁻", "tau": "τ", "ditaus": "di-τ", "ttbar": "tt̄", "eta": "η", "phi": "φ"},
}  # fmt: skip


@attrs.frozen
class Plot:
    """A plot with its files.

    Attributes
    ----------
    group : str
        Its folder within the run, without a leading ``plots/``.
    name : str
    files : dict of str to Path
        By suffix, such as ``.png``.
    numbers : Any
        What its JSON holds.
    """

    group: str
    name: str
    files: dict[str, Path]
    numbers: Any = None

    @property
    def title(self) -> str:
        """For people."""
        given = self.numbers.get("title") if isinstance(self.numbers, dict) else None
        return given if isinstance(given, str) and given else title(self.name)

    @property
    def description(self) -> str:
        """What is seen, in one sentence: the text for who can't see it."""
        found = list(_areas(self.numbers))[:4]
        text = f"{self.title} ({title(self.group)})"
        return text + (": AUC of " + ", ".join(f"{name} {value:.3f}" for name, value in found) if found else "")


@attrs.frozen
class Run:
    """All that the pages tell about a run.

    Attributes
    ----------
    folder : Path
    metadata, history : dict
        Empty if there is none.
    config : str
        The training's YAML.
    plots : list of Plot
    reports : dict of str to Any
        Contents of the firmware's JSON files that are no plot's, by path.
    studies : dict of str to Any
        The same of the trigger studies.
    texts : dict of str to Path
        Texts of the firmware that people read.
    steps : list of dict
        How the pipeline's steps ended, if one made this run.
    problems : list of str
        Files that can't be read.
    """

    folder: Path
    metadata: dict[str, Any]
    history: dict[str, Any]
    config: str
    plots: list[Plot]
    reports: dict[str, Any]
    studies: dict[str, Any]
    texts: dict[str, Path]
    steps: list[dict[str, Any]]
    problems: list[str]

    def missing(self) -> list[tuple[str, str]]:
        """What is not there, and why or how to get it."""
        groups = {plot.group.split("/")[0] for plot in self.plots}
        wanted = [
            (bool(self.metadata), "The trained model", "pytagger train"),
            (bool(groups - {"studies", "firmware"}), "Plots of the model", "pytagger plot-basic"),
            ((self.folder / "studies").is_dir(), "Trigger studies", "pytagger bbbb, bbtt, ditaus, ..."),
            ((self.folder / "firmware").is_dir(), "Firmware", "pytagger firmware convert"),
        ]  # fmt: skip
        found = [(what, f"made by {command}") for there, what, command in wanted if not there]
        words = {"failed": "has failed", "skipped": "was skipped"}
        found += [
            (f"The step {x['step']} {words[x['status']]}", x["message"]) for x in self.steps if x["status"] in words
        ]
        found += [
            (f"A part of the firmware's {title(name.removesuffix('.json'), capital=False)}", str(report["skipped"]))
            for name, report in self.reports.items()
            if isinstance(report, dict) and report.get("skipped")
        ]
        return found + [("A file that can't be read", problem) for problem in self.problems]


def read(folder: Path) -> Run:
    """Look at a run's folder; parts may be missing or damaged."""
    problems: list[str] = []
    metadata, history = (_json(folder / name, problems) for name in ("metadata.json", "history.json"))
    plots = _plots(folder, problems)
    of_plots = {path for plot in plots for path in plot.files.values()}
    reports, studies = (
        _reports(folder / name, pattern, of_plots, problems)
        for name, pattern in (("firmware", "*"), ("studies", "*/*"))
    )
    firmware = [p for p in sorted((folder / "firmware").glob("*")) if p.is_file() and p.stat().st_size < 1_000_000]
    texts = {
        str(p.relative_to(folder / "firmware")): p for p in firmware if p.suffix in (".rpt", ".md", ".txt", ".log")
    }
    config = folder / "config.yaml"
    return Run(
        folder=folder,
        metadata=metadata if isinstance(metadata, dict) else {},
        history=history if isinstance(history, dict) else {},
        config=config.read_text(encoding="utf-8", errors="replace") if config.is_file() else "",
        plots=plots,
        reports=reports,
        studies=studies,
        texts=texts,
        steps=_steps(folder),
        problems=problems,
    )


def _reports(folder: Path, pattern: str, of_plots: set[Path], problems: list[str]) -> dict[str, Any]:
    """Contents of a folder's JSON files, but for those of plots and large ones."""
    found = {
        path.relative_to(folder).as_posix(): _json(path, problems)
        for path in sorted(folder.glob(f"{pattern}.json"))
        if path not in of_plots and path.is_file() and path.stat().st_size < LARGEST_REPORT
    }
    return {name: content for name, content in found.items() if content is not None}


def _plots(folder: Path, problems: list[str]) -> list[Plot]:
    """Pictures with the numbers beside them. A report in firmware/ may be called like a plot in plots/firmware/."""
    beside: dict[Path, dict[str, Path]] = {}
    for top in PLOTS:
        for path in sorted((folder / top).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.suffix in SUFFIXES and path.is_file() and not hidden:
                beside.setdefault(path.with_suffix(""), {})[path.suffix] = path
    found: dict[tuple[str, str], dict[str, Path]] = {}
    for path, files in beside.items():
        if files.keys() & {".png", ".pdf"}:
            group = path.parent.relative_to(folder).as_posix().removeprefix("plots").lstrip("/")
            found.setdefault((group, path.name), files)
    return [
        Plot(group, name, files, _json(files[".json"], problems) if ".json" in files else None)
        for (group, name), files in sorted(found.items())
    ]


def _steps(folder: Path) -> list[dict[str, Any]]:
    """From the records that the pipeline keeps beside the run."""
    work = folder.with_name(folder.name + ".pipeline")
    plan = _json(work / "plan.json", [])
    found = []
    for name, step in plan["steps"].items() if isinstance(plan, dict) else ():
        own = work / "records" / f"{name}.json"
        record = _json(own if own.is_file() else Path(step["record"]), [])
        if isinstance(record, dict) and name != "website":
            found.append({"step": name, **record})
    return found


def _json(path: Path, problems: list[str]) -> Any:
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems.append(f"{path.name}: {error}")
        return None


def _areas(numbers: Any, name: str = "") -> Any:
    """All areas under curves in a plot's numbers, with what they are of."""
    if isinstance(numbers, dict):
        if isinstance(numbers.get("auc"), int | float) and name:
            yield title(name, capital=False), numbers["auc"]
        for key, value in numbers.items():
            yield from _areas(value, key)


def title(name: str, capital: bool = True) -> str:
    """A name of a file as words.

    >>> title("roc/one_vs_rest"), title("pt_response"), title("pairwise_taup"), title("b_vs_light")
    ('ROC / one vs rest', 'pT response', 'Pairwise τ⁺', 'b vs light')
    """
    words = [WORDS.get(word.lower(), word) for word in re.split(r"[_\s-]+", name.replace("/", " / ")) if word]
    if capital and words and len(words[0]) > 1 and words[0].islower() and words[0] not in WORDS.values():
        words[0] = words[0].capitalize()
    return " ".join(words).replace("light gluon", "light+gluon")
