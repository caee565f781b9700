"""The examples of docs/files.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

import FWCore.ParameterSet.Config as cms
import pytest

from pyrun.framework.config.description import describe
from pyrun.framework.errors import CMSException
from pyrun.framework.io.pool_source import PoolSource
from pyrun.framework.plugins.parameters import parameter_infos
from pyrun.framework.plugins.validation import validate

REPOSITORY = Path(__file__).parents[3]
TEXT = (REPOSITORY / "docs/files.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if "process." in e])
def test_sources_in_the_text_are_valid(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("golden.json").write_text(json.dumps({"1": [[1, 5]]}))
    process = cms.Process("TEST")
    process.source = cms.Source("PoolSource", fileNames=cms.untracked.vstring("a.root"))
    exec(example, {"cms": cms, "process": process})
    validate(describe(process).source, PoolSource.Parameters)


def test_uproot_reads_a_product_as_the_text_says(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    (example,) = [e for e in EXAMPLES if "uproot" in e]
    scope: dict = {}
    exec(example, scope)
    assert len(scope["jets"]) == 465


def test_parameters_and_exit_codes_in_the_tables_exist():
    known = {name for name, _, _ in parameter_infos(PoolSource.Parameters)}
    table = TEXT.split("## Which events")[1].split("**A lumi mask")[0]
    named = [name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)]
    assert len(named) > 10 and set(named) <= known
    codes = {cls.__name__: cls.exit_code for cls in CMSException.__subclasses__()}
    rows = re.findall(r"^\| (\d{4}) \| (\d+) \| (\w+) \|", TEXT, re.M)
    assert len(rows) == 5
    for code, shell, category in rows:
        assert (codes[category], codes[category] % 256) == (int(code), int(shell))
