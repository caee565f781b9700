from __future__ import annotations

import re
import textwrap
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from sonic_models import write_scale

from pyrun.framework import InputTag, cms, plugin, run
from pyrun.framework import parameters as param
from pyrun.framework.errors import CMSException, Configuration, LogicError
from pyrun.framework.plugins.cfi import fragments
from pyrun.framework.testing import TestProcessor, running_service
from pyrun.modules.sonic import SonicEDFilter, SonicEDProducer, SonicOneEDAnalyzer
from pyrun.modules.sonic.client import ClientParameters, client
from pyrun.modules.sonic.triton_data import TritonDataError

MODES = ["Sync", "Async", "PseudoAsync"]


@plugin
class DoublingProducer(SonicEDProducer):
    """Sends the rows of all events at once."""

    cfi = "Test/Sonic/doubled"

    class Parameters(SonicEDProducer.Parameters):
        src: InputTag = param.inputTag("rows", doc="lists of rows of three numbers")

    def declare(self, p):
        self.rows, self.doubled = self.consumes(p.src), self.produces("floats")

    def acquire(self, event, setup, inputs):
        rows = event.get(self.rows)
        inputs["x"].toServer(ak.to_numpy(ak.flatten(rows)).reshape(-1, 3))
        return ak.num(rows)

    def produce(self, event, setup, outputs):
        event.put(self.doubled, ak.unflatten(outputs["y"].fromServer(), outputs.acquired))


@plugin
class DoublingFilter(SonicEDFilter):
    """Passes events whose doubled numbers sum up to more than the threshold."""

    class Parameters(SonicEDFilter.Parameters):
        threshold: float = param.double(doc="what the sum must exceed")

    def declare(self, p):
        self.rows = self.consumes("rows")

    def acquire(self, event, setup, inputs):
        inputs["x"].toServer(ak.to_numpy(ak.sum(event.get(self.rows), axis=1)).astype(np.float32))

    def filter(self, event, setup, outputs):
        return outputs["y"].fromServer().sum(axis=1) > self.parameters.threshold


SEEN = []


@plugin
class DoublingAnalyzer(SonicOneEDAnalyzer):
    """Notes sums."""

    class Parameters(param.ParameterSet):
        Client: ClientParameters = client(modelName="scale", timeout=30)

    def declare(self, p):
        self.rows = self.consumes("rows")
        self.names = [spec.name for spec in self.client.model.inputs]  # known already

    def acquire(self, event, setup, inputs):
        assert self.names == ["x"]
        inputs["x"].toServer(ak.to_numpy(ak.sum(event.get(self.rows), axis=1)).astype(np.float32))

    def analyze(self, event, setup, outputs):
        SEEN.extend(outputs["y"].fromServer().sum(axis=1).tolist())


def rows(*numbers: int) -> ak.Array:
    """One event per number, with so many rows of three."""
    count = sum(numbers)
    flat = np.arange(3 * count, dtype=np.float32).reshape(-1, 3)
    return ak.unflatten(flat, numbers)


@pytest.fixture
def service(local_server):
    server = {"name": "here", "address": "127.0.0.1", "port": local_server.grpc_port}
    with running_service("TritonService", servers=[server]) as made:
        yield made


@pytest.fixture
def settings(scale_model):
    return {"modelName": "scale", "modelConfigPath": str(scale_model / "config.pbtxt"), "timeout": 30}


def requests(service) -> int:
    return int(service.performance()["TritonService"]["Requests-here"])


@pytest.mark.parametrize("mode", MODES)
def test_the_rows_of_all_events_travel_in_one_request(service, settings, mode):
    given = rows(2, 0, 3, 1, 0)
    test = TestProcessor(DoublingProducer, services=[service], Client={**settings, "mode": mode})
    assert test.run({"rows": given})[""].to_list() == (2 * given).to_list()
    assert requests(service) == 1


def test_events_without_rows_cost_no_request_and_have_products(service, settings):
    test = TestProcessor(DoublingProducer, services=[service], Client=settings)
    assert test.run({"rows": rows(0, 0)})[""].to_list() == [[], []]
    assert service.performance() == {}


def test_a_filter_decides_by_the_answer(service, settings):
    test = TestProcessor(DoublingFilter, services=[service], threshold=100.0, Client=settings)
    assert test.run({"rows": rows(1, 0, 9)}).passed.tolist() == [False, False, True]


def test_an_analyzer_sees_the_answer(service, settings):
    SEEN.clear()
    path = settings["modelConfigPath"]
    TestProcessor(DoublingAnalyzer, services=[service], Client={"modelConfigPath": path}).run({"rows": rows(1, 0, 2)})
    assert SEEN == [6.0, 0.0, 66.0]


def test_a_module_that_calls_the_method_of_another_gets_its_own_inputs(service, settings):
    class Tripling(DoublingProducer):
        def acquire(self, event, setup, inputs):
            counts = super().acquire(event, setup, inputs)
            inputs["x"].toServer(inputs["x"].data * np.float32(1.5))
            return counts

    test = TestProcessor(Tripling, services=[service], Client=settings)
    assert test.run({"rows": rows(1)})[""].to_list() == [[[0.0, 3.0, 6.0]]]


def test_data_that_does_not_fit_name_module_and_input(service, settings):
    class Wrong(DoublingProducer):
        def acquire(self, event, setup, inputs):
            inputs["x"].toServer(np.zeros((2, 3)))

    test = TestProcessor(Wrong, label="tagger", services=[service], Client=settings)
    with pytest.raises(TritonDataError, match="Wrong/'tagger', model 'scale': input 'x' expects float32.*got float64"):
        test.run({"rows": rows(1)})


def test_a_module_without_acquire_is_told_so(service, settings):
    class Empty(SonicEDProducer):
        pass

    with pytest.raises(LogicError, match=r"Empty has no method acquire\(event, setup, inputs\)"):
        TestProcessor(Empty, services=[service], Client=settings).run({})


def test_parameters_without_a_client_are_told(service):
    class NoClient(SonicEDProducer):
        class Parameters(param.ParameterSet):
            pass

    with pytest.raises(LogicError, match="NoClient has no parameter Client"):
        TestProcessor(NoClient, services=[service])


def test_a_job_without_the_service_is_told_what_to_add(settings):
    with pytest.raises(Configuration, match="needs the service TritonService.*add process.TritonService"):
        TestProcessor(DoublingProducer, Client=settings).run({"rows": rows(1)})


def test_the_fragment_has_cmssws_client():
    ((place, text),) = fragments(DoublingProducer)
    assert place == "Test/Sonic/doubled_cfi.py"
    lines = [line.strip() for line in text.splitlines() if "#" not in line]
    for line in (
        "Client = cms.PSet(",
        'mode = cms.string("PseudoAsync"),',
        "allowedTries = cms.untracked.uint32(0),",
        "verbose = cms.untracked.bool(False),",
        "modelName = cms.required.string,",
        'modelVersion = cms.string(""),',
        "modelConfigPath = cms.required.FileInPath,",
        'preferredServer = cms.untracked.string(""),',
        "timeout = cms.required.untracked.uint32,",
        'timeoutUnit = cms.untracked.string("seconds"),',
        "useSharedMemory = cms.untracked.bool(True),",
        'compression = cms.untracked.string(""),',
        "outputs = cms.untracked.vstring(),",
    ):
        assert line in lines
    exec(compile(textwrap.dedent(text), place, "exec"), {})  # the language accepts it


def process(local_server, settings, **options):
    """A job with the producer, and the filter on another path."""
    made = cms.Process("TEST")
    made.source = cms.Source("EmptySource")  # replaced by arrays
    made.options.eventsPerBlock = cms.untracked.uint32(3)
    for name, value in options.items():
        setattr(made.options, name, value)
    server = cms.PSet(
        name=cms.untracked.string("here"),
        address=cms.untracked.string("127.0.0.1"),
        port=cms.untracked.uint32(local_server.grpc_port),
    )
    made.TritonService = cms.Service("TritonService", servers=cms.untracked.VPSet(server))
    pset = cms.PSet(
        mode=cms.string("Async"),
        modelName=cms.string(settings["modelName"]),
        modelConfigPath=cms.FileInPath(settings["modelConfigPath"]),
        timeout=cms.untracked.uint32(settings["timeout"]),
        verbose=cms.untracked.bool(True),
    )
    made.doubled = cms.EDProducer("DoublingProducer", Client=pset, src=cms.InputTag("rows"))
    made.large = cms.EDFilter("DoublingFilter", Client=pset, threshold=cms.double(10.0))
    made.p = cms.Path(made.doubled)
    made.q = cms.Path(made.large)
    return made


NUMBERS = [2, 0, 3, 1, 0, 70, 1, 1]


@pytest.mark.parametrize("streams", [1, 3])
def test_a_job_gives_the_same_with_any_number_of_streams(local_server, settings, streams):
    made = process(local_server, settings, numberOfThreads=2, numberOfStreams=streams)
    result = run(made, input={"rows": rows(*NUMBERS)}, products=["doubled"])
    assert result["doubled"].to_list() == (2 * rows(*NUMBERS)).to_list()
    sums = [2 * float(ak.sum(event)) for event in rows(*NUMBERS)]
    assert result.trigger_results["TEST"].q.to_list() == [total > 10 for total in sums]


def test_a_wrong_model_configuration_ends_the_job_before_it_begins(local_server, settings, tmp_path):
    made = process(local_server, settings)
    made.doubled.Client.modelConfigPath = cms.FileInPath(str(tmp_path))
    with pytest.raises(CMSException, match="config.pbtxt"):
        run(made, input={"rows": rows(1)}, products=["doubled"])


def test_the_example_of_the_documentation_runs(triton, tmp_path, monkeypatch):
    write_scale(tmp_path / "models", "toy")
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[3] / "docs" / "sonic.md").read_text()
    module, test = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {"__name__": "example"}
    exec(compile(module, "docs/sonic.md", "exec"), names)
    exec(compile(test, "docs/sonic.md", "exec"), names)
    np.testing.assert_allclose(names["result"][""][0], [100.0])
