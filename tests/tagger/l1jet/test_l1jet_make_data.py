"""pytagger make-data, and data sets."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from pyrun.framework.errors import Configuration, FileReadError, NotFound
from pyrun.tagger.l1jet.commands.make_data import command
from pyrun.tagger.l1jet.data import Dataset, making, weights
from pyrun.tagger.l1jet.folders import whole


def make(folder, *names, **options):
    folder.mkdir()
    options = making.Options(**options)
    return making.make(making.sources(names, options), folder, options, lambda *_: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "set"
    return folder, make(folder, "toy:3000", "toy:2000", jets_per_file=1000)


def test_no_event_is_in_two_parts(made):
    events = [set(Dataset(made[0], part).columns["event"]) for part in ("training", "validation", "testing")]
    assert not (events[0] & events[1] or events[0] & events[2] or events[1] & events[2])
    assert set.union(*events) == set(range(3000))


def test_files_mix_the_sources(made):
    source = Dataset(made[0], "training").columns["source"]
    assert 300 < (source[:1000] == 1).sum() < 500


def test_nothing_depends_on_how_much_is_read_at_a_time(tmp_path, monkeypatch, made):
    from pyrun.tagger.l1jet.data import toys

    original = toys.ToyNtuple.blocks

    def in_pieces(self, columns, step_size="30 MB", ratio=1.0):
        for block in original(self, columns):
            for start in range(0, len(block.label), 700):
                *arrays, more = (x[start : start + 700] if isinstance(x, np.ndarray) else x for x in block)
                yield type(block)(*arrays, {k: v[start : start + 700] for k, v in more.items()})

    monkeypatch.setattr(toys.ToyNtuple, "blocks", in_pieces)
    assert make(tmp_path / "set", "toy:3000", "toy:2000", jets_per_file=1000)["checksum"] == made[1]["checksum"]


def test_another_seed_gives_another_split(tmp_path, made):
    assert make(tmp_path / "set", "toy:3000", "toy:2000", seed=2)["checksum"] != made[1]["checksum"]


def test_batches_and_whole_arrays_are_the_same(made):
    jets = Dataset(made[0], "training")
    batches = list(jets.batches(300))
    for name in ("inputs", "label", "pt_ratio", "weights"):
        assert np.array_equal(np.concatenate([getattr(x, name) for x in batches]), getattr(jets, name))
    assert len(jets) == sum(len(x.label) for x in batches) == made[1]["parts"]["training"]["jets"]


def test_percent_takes_some_of_each_file(made):
    whole_set, tenth = Dataset(made[0], "training"), Dataset(made[0], "training", percent=10)
    assert len(tenth) == pytest.approx(len(whole_set) / 10, abs=5)
    assert np.array_equal(tenth.label[:50], whole_set.label[:50])


@pytest.mark.parametrize("method", ["onlyclass", "ptref"])
def test_each_class_has_the_same_weight(made, method):
    jets = Dataset(made[0], "training", weights=method)
    assert jets.weights.mean() == pytest.approx(1, abs=1e-4)
    assert np.bincount(jets.label, jets.weights) == pytest.approx(len(jets) / 8, rel=1e-3)


def test_ptref_is_flat_in_pt_where_there_are_enough_jets():
    counts = np.zeros((8, 15), dtype=int)
    counts[:, 3:9] = np.arange(8)[:, None] + np.array([100, 200, 400, 300, 50, 80])
    sums = weights.table("ptref", counts) * counts
    assert sums[:, 3:9] == pytest.approx(np.full((8, 6), counts.sum() / 48))


def test_missing_class(tmp_path, monkeypatch):
    from pyrun.tagger.l1jet.data import toys

    original = toys.ToyNtuple.blocks

    def no_taus(self, *given):
        for block in original(self, *given):
            yield block._replace(label=np.where((block.label == 4) | (block.label == 5), 0, block.label))

    monkeypatch.setattr(toys.ToyNtuple, "blocks", no_taus)
    with pytest.raises(FileReadError, match="No jets of taup, taum pass"):
        make(tmp_path / "set", "toy:500")
    assert make(tmp_path / "other", "toy:500", any_class=True)["parts"]["training"]["classes"]["taup"] == 0


def test_command_replaces_a_data_set_but_nothing_else(tmp_path):
    run = CliRunner().invoke(command, ["-i", "toy:400", "-o", str(tmp_path / "set")], catch_exceptions=False)
    assert run.exit_code == 0 and "training: " in run.output
    checksum = json.loads((tmp_path / "set" / "metadata.json").read_text())["checksum"]
    CliRunner().invoke(command, ["-i", "toy:500", "-o", str(tmp_path / "set")], catch_exceptions=False)
    assert json.loads((tmp_path / "set" / "metadata.json").read_text())["checksum"] != checksum
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(Configuration, match="holds something else"):
        CliRunner().invoke(command, ["-i", "toy:400", "-o", str(tmp_path / "mine"), "-f"], catch_exceptions=False)


def test_command_asks_on_a_terminal(tmp_path, monkeypatch):
    CliRunner().invoke(command, ["-i", "toy:400", "-o", str(tmp_path / "set")], catch_exceptions=False)
    monkeypatch.setattr("pyrun.tagger.l1jet.folders._on_terminal", lambda: True)
    asked = CliRunner().invoke(command, ["-i", "toy:500", "-o", str(tmp_path / "set")], input="n\n")
    assert "Replace it?" in asked.output and asked.exit_code == 1
    assert json.loads((tmp_path / "set" / "metadata.json").read_text())["sources"][0]["entries"] == 400


def test_nothing_is_left_of_an_interrupted_one(tmp_path):
    with pytest.raises(KeyboardInterrupt), whole(tmp_path / "set") as folder:
        (folder / "half").touch()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keep", [False, True])
def test_two_processes_do_not_write_one_folder(tmp_path, keep):
    with whole(tmp_path / "set", keep) as folder:
        (folder / "mine").touch()
        with pytest.raises(Configuration, match="Another process is writing .*set"), whole(tmp_path / "set", keep):
            pass
    assert [entry.name for entry in (tmp_path / "set").iterdir()] == ["mine"]
    with whole(tmp_path / "set", keep) as folder:
        (folder / "next").touch()
    assert [entry.name for entry in (tmp_path / "set").iterdir()] == ["next"]


def test_full_disk_is_one_message_and_no_half_data_set(tmp_path):
    """A limit on the size of files stands for the full disk: the system refuses to write in the same way."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    words = [sys.executable, "-m", "pyrun.tagger.l1jet.cli", "make-data", "-i", "toy:3000", "-o", str(tmp_path / "set")]
    run = subprocess.run(words, preexec_fn=limit, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == f"pytagger: {tmp_path / 'set'} can't be written: File too large\n"
    assert list(tmp_path.iterdir()) == []


def test_folder_without_a_data_set(tmp_path):
    with pytest.raises(NotFound, match="holds no data set"):
        Dataset(tmp_path)


def test_damaged_file(tmp_path):
    made = make(tmp_path / "set", "toy:500")
    file = tmp_path / "set" / made["parts"]["testing"]["files"][0]["name"]
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(FileReadError, match="can't be read.*Make the data set again"):
        _ = Dataset(tmp_path / "set").label
