"""edmWriteConfigs, beside its check of the repository's own fragments in tests/test_packaging.py."""

from __future__ import annotations

import pytest

from pyrun.framework.cli import edm_write_configs


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
