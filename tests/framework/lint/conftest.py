from __future__ import annotations

import sys
from textwrap import dedent

import lint_modules  # noqa: F401  announces its modules
import pytest

from pyrun.framework.config import reset_modifiers
from pyrun.framework.config.loading import load_process
from pyrun.framework.lint.job import lint
from pyrun.framework.resources import python_cfg_path

HEAD = """\
import FWCore.ParameterSet.Config as cms
process = cms.Process("TEST")
process.source = cms.Source("EmptySource")
process.first = cms.EDProducer("LintMaker")
process.second = cms.EDProducer("LintMaker", src = cms.InputTag("first"))
process.p = cms.Path(process.first + process.second)
"""


@pytest.fixture(autouse=True)
def fresh_configuration(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(python_cfg_path())])
    yield
    reset_modifiers()


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Lint a configuration: HEAD, unless it imports cms itself, and the text; returns (kind, line) of the findings.

    The whole report is in ``found.report``; other files are given as ``name_cff="text"``.
    """
    monkeypatch.chdir(tmp_path)

    def found(text="", **fragments):
        for name, content in fragments.items():
            (tmp_path / f"{name}.py").write_text("import FWCore.ParameterSet.Config as cms\n" + dedent(content))
        config = tmp_path / "job_cfg.py"
        config.write_text(dedent(text) if "import FWCore" in text else HEAD + dedent(text))
        return lint_config(config)

    def lint_config(config):
        found.report = lint(load_process(str(config)), str(config))
        return [(finding.kind, finding.line) for finding in found.report.findings]

    found.head = HEAD.count("\n")
    return found
