"""What a pipeline's configuration may say, and the steps that come of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from example_run import write_run

from pyrun.framework.errors import Configuration
from pyrun.tagger.l1jet.cli import pytagger
from pyrun.tagger.l1jet.pipeline import config, steps
from pyrun.tagger.l1jet.website import publish


def plan_of(content: dict, **options):
    places = config.places(content, "main", **options)
    return steps.plan(places, config.wanted(content, places), content["cores"], "test")


def pipeline(**chosen):
    return config.TOP | {"steps": {"make-data": {"input": ["toy:100"]}, "train": None, "plot-basic": None}} | chosen


@pytest.mark.parametrize("name", ["pipeline.yaml", "smoke.yaml", "smoke"])
def test_shipped_configurations_have_all_steps(name):
    plan = plan_of(config.read(name))
    for step in ("make-data", "train", "export", "plot-basic", "bbbb", "bbtt", "ditaus", "ditaus-topo", "single-tau"):
        assert step in plan.steps
    firmware = {f"firmware-{x}" for x in ("convert", "emulate", "synth", "profile")}
    assert firmware | {"evaluate-emulation", "website"} <= set(plan.steps)
    assert plan.ends == ["website"]
    assert plan.steps["bbtt"].needs == ("export", "candidates-qcd", "candidates-minbias", "candidates-hhbbtautau")


def test_the_commands_take_what_the_pipeline_gives_them():
    """Each command of the shipped configurations is one that click accepts, but for folders that are not there yet."""
    import click

    for name in ("pipeline.yaml", "smoke.yaml"):
        for step in plan_of(config.read(name)).steps.values():
            for words in step.commands:
                if "pyrun.tagger.l1jet.cli" not in words:
                    continue
                command, given = pytagger, list(words[words.index("pyrun.tagger.l1jet.cli") + 1 :])
                while isinstance(command, click.Group):
                    command = command.get_command(click.Context(command), given.pop(0))
                for parameter in command.params:
                    if isinstance(parameter.type, click.Path):
                        parameter.type.exists = False
                command.make_context(step.name, given)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"steps": {"make-date": None}}, "make-date.*Did you mean 'make-data'"),
        ({"steps": {"train": {"percnt": 3}}}, "percnt.*Did you mean 'percent'"),
        ({"steps": {"train": {"percent": "many"}}}, "percent.*'many' is not a valid float"),
        ({"steps": {"train": {"percent": [1, 2]}}}, "is one value"),
        ({"steps": {"train": {"output": "x"}}}, "output"),
        ({"steps": {"train": 3}}, "must have options"),
        ({"steps": {"train": None}}, "train needs make-data"),
        ({"steps": {"candidates": {"qdc": 10}}}, "Did you mean 'qcd'"),
        ({"steps": {"candidates": {"qcd": "many"}}}, "events by process"),
        ({"steps": {"firmware-convert": {"library": "maybe"}}}, "true or false"),
        ({"optional": ["plots"]}, "Did you mean 'plot-basic'"),
        ({"output": "out/float", "steps": {"make-data": None, "train-float": None}}, "where the step train-float puts"),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_that_is_right(chosen, message):
    with pytest.raises(Configuration, match=message):
        plan_of(pipeline(**chosen))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("outptu: x", "Did you mean 'output'"),
        ("cores: many", "cores"),
        ("steps: [", "no YAML"),
        ("- a", "keys such as"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path, text, message):
    (tmp_path / "my.yaml").write_text(text)
    with pytest.raises(Configuration, match=message):
        config.read(str(tmp_path / "my.yaml"))


def test_a_file_that_is_not_there_names_those_that_come_with_pyrun():
    with pytest.raises(Configuration, match="pipeline.yaml, smoke.yaml"):
        config.read("smok.yaml")


def test_a_flag_can_be_switched_off():
    plan = plan_of(pipeline(steps=pipeline()["steps"] | {"firmware-convert": {"library": False}}))
    assert "--no-library" in plan.steps["firmware-convert"].commands[0]


def test_settings_of_the_command_line_win():
    content = pipeline()
    config.override(content, ["train.percent=10", "output=out/put", "make-data.input=a.root,b*.root"])
    plan = plan_of(content)
    assert plan.steps["train"].commands[0][-2:] == ("--percent", "10")
    assert "out/put" in plan.steps["train"].commands[0]
    assert plan.steps["make-data"].inputs == ("a.root", "b*.root")
    for wrong in ("train", "trian.percent=10", "outptu=x"):
        with pytest.raises(Configuration):
            config.override(content, [wrong])


def test_a_training_learns_from_those_before_it():
    before = {"train": None, "train-float": {"config": "float"}, "train-teacher": {"config": "teacher"}}
    content = config.TOP | {"output": "out/mine", "steps": {"make-data": None, "plot-basic": None} | before}
    plan = plan_of(content)
    teacher, float_, last = (plan.steps[name] for name in ("train-teacher", "train-float", "train"))
    assert "--teacher" not in teacher.commands[0] and "out/teacher/model.keras" in teacher.outputs
    assert float_.commands[0][-4:] == ("--teacher", "out/teacher", "--config", "float")
    assert float_.needs == ("make-data", "train-teacher") and last.needs == (*float_.needs, "train-float")
    assert last.commands[0][-4:] == ("--teacher", "out/teacher", "--start-from", "out/float")
    assert plan.steps["plot-basic"].commands[0][-2:] == ("--compare", "out/float")
    assert len(last.inputs) == 1  # its configuration


def test_a_training_reads_the_models_that_no_step_makes():
    given = {"teacher": "other/teacher", "start-from": "other/float"}
    plan = plan_of(config.TOP | {"steps": {"make-data": None, "train": given}})
    assert plan.steps["train"].inputs[1:] == ("other/teacher/model.keras", "other/float/model.keras")


def test_a_training_reads_its_configuration(tmp_path):
    (tmp_path / "my.yaml").touch()
    for name, file in (
        ("larger", "configs/larger.yaml"),
        (str(tmp_path / "my.yaml"), "my.yaml"),
        (None, "baseline.yaml"),
    ):
        options = {"config": name} if name else None
        (found,) = plan_of(pipeline(steps={"make-data": None, "train": options})).steps["train"].inputs
        assert found.endswith(file) and Path(found).exists()


def test_studies_without_generated_candidates_read_those_that_are_there():
    plan = plan_of(pipeline(steps=pipeline()["steps"] | {"export": None, "bbbb": None}))
    assert plan.steps["bbbb"].inputs == tuple(f"candidates/{x}*.root" for x in ("qcd", "minbias", "hh4b"))


def test_a_tagged_model_takes_the_place_of_a_training(tmp_path):
    site = tmp_path / "website"
    publish(write_run(tmp_path / "baseline"), site, tag="v1")
    content = pipeline(site=str(site), output=str(tmp_path / "output" / "new"))
    with pytest.raises(Configuration, match="Did you mean 'v1'"):
        plan_of(content, rerun_on_tag="v11")
    others = content | {"steps": content["steps"] | {"train-teacher": None, "train-float": None}}
    assert not {"train-teacher", "train-float"} & set(plan_of(others, rerun_on_tag="v1").steps)
    train = plan_of(content, rerun_on_tag="v1").steps["train"]
    assert "train" not in train.commands[0] and train.needs == ()
    for command in train.commands:
        subprocess.run(command, check=True)
    assert (tmp_path / "output" / "tags" / "v1" / "model.keras").read_bytes() == b"PK not really"


def test_part_of_a_pipeline_is_a_step_and_what_it_needs():
    plan = plan_of(config.read("smoke.yaml")).upstream({"plot-basic"})
    assert set(plan.steps) == {"samples", "make-data", "train", "plot-basic"}


def test_a_data_set_of_other_inputs_needs_no_samples():
    content = config.read("smoke.yaml")
    config.override(content, ["make-data.input=toy:400"])
    assert list(plan_of(content).upstream({"make-data"}).steps) == ["make-data"]


def test_a_dry_run_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(pytagger, ["pipeline", "-c", "smoke.yaml", "--dry-run", "--only", "plot-basic"])
    assert result.output.splitlines() == [f"{x}: to be run" for x in ("samples", "make-data", "train", "plot-basic")]
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_ends_with_one_message():
    done = subprocess.run(
        [sys.executable, "-m", "pyrun.tagger.l1jet.cli", "pipeline", "-c", "smoke.yaml", "--only", "trian"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "Did you mean 'train'" in done.stderr and "Traceback" not in done.stderr


def test_help_and_dry_run_load_no_heavy_library(tmp_path):
    code = (
        "import sys; from pyrun.tagger.l1jet.cli import pytagger\n"
        "for words in (['pipeline', '--help'], ['website', '--help'], ['pipeline', '-c', 'smoke.yaml', '-n']):\n"
        "    pytagger.main(words, standalone_mode=False)\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib', 'hls4ml', 'awkward', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_pipeline_of_the_real_first_step_is_incremental(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["pipeline", "-c", "smoke.yaml", "-s", "make-data.input=toy:400", "--only", "make-data"]
    assert CliRunner().invoke(pytagger, words).exit_code == 0
    first = Path("smoke_data/metadata.json").stat().st_mtime_ns
    assert "up to date" in CliRunner().invoke(pytagger, words).output
    assert Path("smoke_data/metadata.json").stat().st_mtime_ns == first
    words[4] = "make-data.input=toy:500"
    assert CliRunner().invoke(pytagger, words).exit_code == 0
    assert Path("smoke_data/metadata.json").stat().st_mtime_ns != first
