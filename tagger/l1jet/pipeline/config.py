"""A pipeline's configuration: YAML, checked against the commands that it calls."""

from __future__ import annotations

import importlib
import importlib.resources
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from pyrun.framework.errors import Configuration
from pyrun.framework.near_names import did_you_mean

from .steps import BEFORE_TRAIN, CANDIDATES, CROSSINGS, KINDS, PROCESSES, SIGNALS, Places, Wanted

SHIPPED = importlib.resources.files(__package__) / "configs"
TOP = {
    "output": "output/baseline",
    "data": "training_data",
    "ntuples": "ntuples",
    "candidates": "candidates",
    "site": "website",
    "branch": "",
    "cores": 2,
    "optional": [],
    "steps": {},
}


def read(name: str) -> dict[str, Any]:
    """The content of a file, or of one that comes with pyrun; keys that it has not are as in `TOP`.

    Raises
    ------
    Configuration
        There is none, it is no YAML, or has unknown keys.
    """
    import yaml

    given = Path(name)
    path: Any = given if given.exists() or given.parent != Path(".") else SHIPPED / given.with_suffix(".yaml").name
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        shipped = ", ".join(sorted(x.name for x in SHIPPED.iterdir() if x.name.endswith(".yaml")))
        raise Configuration(
            f"The configuration {name} can't be read: {error.strerror}. With pyrun come {shipped}."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Configuration(f"{name} is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise Configuration(f"{name} must have keys such as {', '.join(TOP)}.")
    refuse_unknown(content, TOP, f"{name} has a key")
    for key, value in content.items():
        if value is not None and not isinstance(value, type(TOP[key])):
            raise Configuration(f"{name}: {key} must be a {type(TOP[key]).__name__}, not {value!r}.")
    return TOP | {key: value for key, value in content.items() if value is not None}


def override(content: dict[str, Any], settings: Iterable[str]) -> None:
    """Change options by texts such as ``train.percent=10`` or ``output=output/test``; a list's parts by commas.

    Raises
    ------
    Configuration
        One is not of this form, or there is no such step.
    """
    import yaml

    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise Configuration(f"{text!r} is not of the form STEP.OPTION=VALUE.")
        step, dot, option = name.partition(".")
        parsed = yaml.safe_load(value)
        if not dot:
            refuse_unknown([name], [key for key in TOP if key != "steps"], "A setting is")
            content[name] = parsed
        else:
            refuse_unknown([step], content["steps"], "A setting is of a step")
            chosen = content["steps"][step] = dict(content["steps"][step] or {})
            chosen[option] = value.split(",") if isinstance(chosen.get(option), list) else parsed


def places(content: Mapping[str, Any], branch: str, tag: str = "", rerun_on_tag: str = "") -> Places:
    """Folders of a pipeline.

    Raises
    ------
    Configuration
        There is no model of this tag.
    """
    paths = {name: Path(content[name]) for name in ("output", "data", "ntuples", "candidates", "site")}
    chosen = content["branch"] or branch
    if not rerun_on_tag:
        return Places(**paths, branch=chosen, tag=tag)
    from ..website.site import slug

    tags = paths["site"] / "tags"
    model = tags / slug(rerun_on_tag) / "model"
    if not (model / "model.keras").is_file():
        there = sorted(path.parents[1].name for path in tags.glob("*/model/model.keras"))
        hint = did_you_mean(rerun_on_tag, there, f"There are {', '.join(there) or 'none'}; --tag makes one.")
        raise Configuration(f"{tags} has no model of the tag {rerun_on_tag!r}. {hint}")
    paths["output"] = paths["output"].parent / "tags" / slug(rerun_on_tag)
    return Places(**paths, branch=chosen, tag=rerun_on_tag, tagged=model)


def wanted(content: Mapping[str, Any], folders: Places) -> dict[str, Wanted]:
    """Steps with their options as words.

    Raises
    ------
    Configuration
        A step or an option is unknown, or a value is not what the command takes.
    """
    steps = dict(content["steps"])
    refuse_unknown(steps, [*(x for x in KINDS if not x.startswith(CANDIDATES)), "candidates"], "There is a step")
    refuse_unknown(content["optional"], steps, "Optional is a step")
    for step, place in BEFORE_TRAIN.items():
        if step in steps and getattr(folders, place) == folders.output:
            raise Configuration(
                f"output is {folders.output}, where the step {step} puts its model: choose another name."
            )
    found = _candidates(steps.pop("candidates", None) or {})
    if isinstance(steps.get("make-data"), dict) and "input" in steps["make-data"]:
        steps.pop("samples", None)  # nobody would read them
    for name, options in steps.items():
        if options is not None and not isinstance(options, dict):
            raise Configuration(f"The step {name} must have options, not {options!r}.")
        given = _defaults(name, steps, folders) | dict(options or {})
        words = _words(name, given)
        inputs = _inputs(name, given, steps | found, folders)
        found[name] = Wanted(words, inputs, True if name in content["optional"] else None)
    return found


def _defaults(step: str, steps: Mapping[str, Any], folders: Places) -> dict[str, Any]:
    """Options by which a step takes what others make."""
    if step == "make-data":
        return {"input": [f"{folders.ntuples}/*.root"]}
    found: dict[str, Any] = {}
    if folders.tagged:
        return found
    if step in ("train-float", "train") and "train-teacher" in steps:
        found["teacher"] = folders.teacher
    if step == "train" and "train-float" in steps:
        found["start-from"] = folders.float
    if step == "plot-basic" and "train-float" in steps:
        found["compare"] = [folders.float]
    return found


def _candidates(events: Any) -> dict[str, Wanted]:
    """A step for each process: they run at the same time, and one that is done is not made again."""
    if not isinstance(events, dict) or not all(isinstance(n, int) and n > 0 for n in events.values()):
        raise Configuration(f"candidates: must tell events by process, such as {PROCESSES[0]}: 1000, not {events!r}.")
    refuse_unknown(events, PROCESSES, "candidates has a process")
    return {CANDIDATES + process: Wanted((f"maxEvents={number}",)) for process, number in events.items()}


def _words(step: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    known = _parameters(step)
    refuse_unknown(options, [x for x in known if x not in KINDS[step].own], f"{step} has an option")
    words: list[str] = []
    for name, value in options.items():
        parameter, flag = known[name]
        if isinstance(parameter, click.Option) and parameter.is_flag:
            words += _flag(step, name, parameter, flag, value)
            continue
        if isinstance(value, list) and not parameter.multiple:
            raise Configuration(f"{step}: {name} is one value, not {value!r}.")
        for item in value if isinstance(value, list) else [value]:
            words += [flag, _checked(step, name, parameter, item)]
    return tuple(words)


def _flag(step: str, name: str, parameter: click.Option, flag: str, value: Any) -> list[str]:
    if not isinstance(value, bool):
        raise Configuration(f"{step}: {name} is true or false, not {value!r}.")
    if value:
        return [flag]
    return [max(parameter.secondary_opts, key=len)] if parameter.secondary_opts else []


def _checked(step: str, name: str, parameter: click.Parameter, value: Any) -> str:
    if isinstance(value, dict | bool) or value is None:
        raise Configuration(f"{step}: {name} can't be {value!r}.")
    if not isinstance(parameter.type, click.Path | click.File):
        try:
            parameter.type.convert(str(value), parameter, None)
        except click.BadParameter as error:
            raise Configuration(f"{step}: {name}: {error.message}") from error
    return str(value)


def _parameters(step: str) -> dict[str, tuple[click.Option, str]]:
    """A command's options, by their names without dashes."""
    first, *rest = KINDS[step].command.split()
    command: Any = importlib.import_module(f"..commands.{first.replace('-', '_')}", __package__).command
    for word in rest:
        command = command.commands[word]
    options = [x for x in command.params if isinstance(x, click.Option)]
    return {(flag := max(x.opts, key=len)).removeprefix("--"): (x, flag) for x in options}


def _inputs(step: str, options: Mapping[str, Any], wanted: Iterable[str], folders: Places) -> tuple[str, ...]:
    """Files that a step reads and no other makes."""
    if step == "make-data" and "samples" not in wanted:
        names = options["input"] if isinstance(options["input"], list) else [options["input"]]
        return tuple(str(x) for x in names if not str(x).startswith("toy:"))
    if step in (*BEFORE_TRAIN, "train"):
        return _of_training(options, wanted)
    if step in SIGNALS:
        needed = (process for process in (*CROSSINGS, SIGNALS[step]) if CANDIDATES + process not in wanted)
        return tuple(f"{folders.candidates / process}*.root" for process in needed)
    return ()


def _of_training(options: Mapping[str, Any], wanted: Iterable[str]) -> tuple[str, ...]:
    given = Path(options.get("config", "baseline"))
    shipped = importlib.resources.files("pyrun.tagger.l1jet") / "configs" / f"{given}.yaml"
    makers = {"teacher": "train-teacher", "start-from": "train-float"}
    models = (options[name] for name, step in makers.items() if name in options and step not in wanted)
    return (str(given if given.exists() else shipped), *(f"{model}/model.keras" for model in models))


def refuse_unknown(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raises Configuration for the first name that is not known, with the nearest that is."""
    known = [str(x) for x in known]
    for name in given:
        if str(name) not in known:
            raise Configuration(f"{what} {name!r}, which is not known. {did_you_mean(str(name), known)}")
