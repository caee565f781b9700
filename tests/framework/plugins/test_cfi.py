from __future__ import annotations

from pyrun.framework import EDProducer
from pyrun.framework import parameters as param
from pyrun.framework.config.description import describe
from pyrun.framework.plugins.cfi import fragments
from pyrun.framework.plugins.validation import validate


class Inner(param.ParameterSet):
    depth: int = param.int32(3, doc="levels")


class Declared(EDProducer):
    """With a parameter of each kind."""

    cfi = "Pkg/Sub/declared"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("jets:best", doc="input")
        tags: list = param.vInputTag(["a", "b:c"], doc="inputs")
        cut: float = param.double(15, doc="pt (GeV)")
        names: list = param.vstring(["x" * 40, "y" * 40, 'z"'], doc="names")
        inner: Inner = param.pset(Inner, doc="nested")
        verbose: bool = param.untracked.bool(False, doc="talk")
        ranges: list = param.vEventRange(["1:2-3:MAX"], doc="events")
        lumi: param.LuminosityBlockID = param.luminosityBlockID("4:5", doc="where it begins")
        maybe: int = param.int32(None, doc="optional")
        needed: int = param.uint32(doc="required")


def load(text):
    scope = {}
    exec(text, scope)
    return scope


def test_a_fragment_holds_every_parameter_with_its_default_and_documentation():
    ((path, text),) = fragments(Declared)
    assert path == "Pkg/Sub/declared_cfi.py"
    module = load(text)["declared"]
    assert module.type_() == "Declared"
    assert module.src.value() == "jets:best" and module.names[2] == 'z"' and module.inner.depth == 3
    assert not module.verbose.isTracked() and "# pt (GeV)" in text


def test_a_module_made_from_its_fragment_has_the_declared_defaults():
    ((_, text),) = fragments(Declared)
    scope = load(
        text + "process = cms.Process('P')\nprocess.m = declared.clone(needed = 4)\nprocess.p = cms.Path(process.m)"
    )
    given = validate(describe(scope["process"]).modules["m"], Declared.Parameters)
    assert given == Declared.Parameters(needed=4)
