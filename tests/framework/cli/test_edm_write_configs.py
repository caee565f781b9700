"""edmWriteConfigs, beside its check of the repository's own fragments in tests/test_packaging.py."""

from __future__ import annotations

import pytest

from pyrun.framework.cli import edm_write_configs
from pyrun.framework.plugins.cfi import default_label


def main(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["edmWriteConfigs", *arguments])
    edm_write_configs.main()


def test_a_package_is_written_by_itself(monkeypatch, tmp_path, capsys):
    main(monkeypatch, str(tmp_path), "--package", "pyrun.modules.jets")
    written = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*_cfi.py")}
    assert "RecoJets" in written and "RecoBTag" not in written
    with pytest.raises(SystemExit) as end:
        main(monkeypatch, str(tmp_path), "--package", "pyrun.modules.jets", "--check")
    assert end.value.code == 0


def test_stale_fragments_are_named_with_the_remedy(monkeypatch, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        main(monkeypatch, str(tmp_path), "--package", "pyrun.modules.jets", "--check")
    assert end.value.code == 1
    assert f"run edmWriteConfigs --package pyrun.modules.jets {tmp_path}" in capsys.readouterr().out


def test_a_package_without_modules_is_refused(monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="no installed module of the package 'pyrun.modules.je' has a fragment"):
        main(monkeypatch, str(tmp_path), "--package", "pyrun.modules.je")


@pytest.mark.parametrize(
    ("type_", "label"), [("FastjetJetProducer", "fastjetJetProducer"), ("PoolSource", "source"), ("Timing", "Timing")]
)
def test_one_plugin_is_written_under_its_default_label(monkeypatch, tmp_path, type_, label):
    main(monkeypatch, str(tmp_path), "-t", type_)
    (path,) = tmp_path.iterdir()
    assert path.name == f"{label}_cfi.py"
    fragment: dict = {}
    exec(path.read_text(), fragment)
    assert fragment[label].type_() == type_


def test_an_unknown_plugin_is_refused_with_the_nearest(monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="Did you mean 'FastjetJetProducer'"):
        main(monkeypatch, str(tmp_path), "-t", "FastJetProducer")


@pytest.mark.parametrize(
    ("name", "label"), [("Dummy", "dummy"), ("ALLCAPS", "allcaps"), ("STARTCaps", "startCaps"), ("L1TEGx", "l1TEGx")]
)
def test_default_labels_are_those_of_cmssw(name, label):
    assert default_label(type(name, (), {"base": "EDProducer"})) == label
