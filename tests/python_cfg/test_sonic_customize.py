"""The command line of run.py, read by pyrun itself."""

from __future__ import annotations

import json
import sys

import pytest

from pyrun.framework.config.loading import load_process
from pyrun.framework.errors import ConfigFileReadError
from pyrun.framework.resources import file_in_path

RUN = str(file_in_path("cfg/run.py"))
TAGS = "pfParticleTransformerAK4JetTagsSlimmedPuppiWithDeepTags"


def run(*words: str):
    return load_process(RUN, words)


def servers(process) -> list[tuple[str, str, int]]:
    return [(s.name.value(), s.address.value(), s.port.value()) for s in process.TritonService.servers]


def test_without_options_the_modifier_swaps_the_producer_and_the_fallback_server_is_on():
    process = run()
    module = getattr(process, TAGS)
    assert module.type_() == "ParticleTransformerAK4SonicJetTagsProducer"
    assert (module.Client.mode, module.Client.timeout) == ("Async", 300)
    assert process.TritonService.fallback.enable.value() is True
    assert servers(process) == []
    assert process.maxEvents.input.value() == -1


def test_without_sonic_the_configuration_is_left_as_it_is():
    process = run("sonic=False", "maxEvents=7")
    assert getattr(process, TAGS).type_() == "ParticleTransformerAK4ONNXJetTagsProducer"
    assert not hasattr(process, "TritonService")
    assert process.maxEvents.input.value() == 7


def test_what_is_given_as_name_and_value_is_the_same_as_a_flag():
    words = run("address=triton.cern.ch", "port=8011", "threads=2", "shm=False", "compression=gzip", "verbose=1")
    flags = run("--address", "default", "triton.cern.ch", "8011", "--threads", "2", "--noShm", "--compression", "gzip",
                "--verbose")  # fmt: skip
    assert words.dumpPython() == flags.dumpPython()
    assert servers(words) == [("default", "triton.cern.ch", 8011)]
    client = getattr(words, TAGS).Client
    assert (client.useSharedMemory.value(), client.compression.value(), client.verbose.value()) == (False, "gzip", True)
    assert words.TritonService.verbose.value() and words.TritonService.fallback.verbose.value()


def test_requests_are_as_configured_unless_an_option_says_otherwise():
    assert len(getattr(run("address=h"), TAGS).Client.Retry) == 0
    client = getattr(run("tries=3", "retryAction=diff", "timeout=50", "timeoutUnit=milliseconds"), TAGS).Client
    actions = [action.retryType.value() for action in client.Retry]
    assert actions == ["RetryActionDiffServer", "RetryFallbackServerAction"]
    assert client.Retry[0].allowedTries == 3
    assert (client.timeout.value(), client.timeoutUnit.value()) == (50, "milliseconds")


def test_several_servers_by_flags_and_by_a_file(tmp_path):
    file = tmp_path / "server.json"
    file.write_text(json.dumps({"address": "there", "port": "8021"}))
    process = run("--address", "a", "one", "1", "address=two:2", "serverName=b", f"params={file}")
    assert servers(process) == [("a", "one", 1), ("b", "two", 2), ("default", "there", 8021)]


def test_options_of_the_fallback_server():
    fallback = run("device=cpu", "tempDir=/tmp/x", "fallbackName=mine", "sandboxDir=/s").TritonService.fallback
    values = (fallback.device, fallback.tempDir, fallback.instanceBaseName, fallback.sandboxName)
    assert [value.value() for value in values] == ["cpu", "/tmp/x", "mine", "/s"]


def test_files_are_replaced():
    process = run("inputFiles=file:a.root,file:b.root", "outputFile=o.root")
    assert list(process.source.fileNames) == ["file:a.root", "file:b.root"]
    assert process.MINIAODSIMoutput.fileName == "o.root"


def test_any_configuration_of_the_working_folder_with_further_modifiers(tmp_path, monkeypatch):
    (tmp_path / "my_cfg.py").write_text(
        "import FWCore.ParameterSet.Config as cms\n"
        "process = cms.Process('MY')\n"
        "process.load('Configuration.StandardSequences.Services_cff')\n"
        "process.load('RecoBTag.ONNXRuntime.pfParticleTransformerAK4_cff')\n"
    )
    monkeypatch.chdir(tmp_path)
    for name in ("my_cfg.py", "my_cfg"):
        process = run(f"config={name}", "modifiers=particleTransformerAK4SonicTriton")
        assert process.name_() == "MY"
        assert process.pfParticleTransformerAK4JetTags.type_() == "ParticleTransformerAK4SonicJetTagsProducer"
    assert "my_cfg" not in sys.modules


def test_dump_prints_a_configuration_that_loads(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        run("dump=True", "address=h")
    assert not ended.value.code
    dumped = tmp_path / "dumped_cfg.py"
    dumped.write_text(capsys.readouterr().out)
    assert servers(load_process(str(dumped))) == [("default", "h", 8001)]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["maxEvent=3"], "maxEvent=3; did you mean maxEvents?"),
        (["maxEvents=many"], "argument maxEvents: invalid int value: 'many'"),
        (["config=nowhere_cfg.py"], "There is no configuration 'nowhere_cfg.py'"),
        (["modifiers=noSuchThing"], "There is no process modifier 'noSuchThing'"),
        (["verbose=maybe"], "needs True or False, not 'maybe'"),
        (["--address", "a", "b"], "address needs HOST, HOST:PORT or NAME HOST PORT, not 'a b'"),
        (["compression=zip"], "invalid choice: 'zip'"),
        (["config=dimuon_cfg.py"], "allSonicTriton changes no module of dimuon_cfg.py"),
        (["params=nowhere.json"], "nowhere.json"),
    ],
)
def test_what_is_wrong_is_named(words, text):
    with pytest.raises(ConfigFileReadError) as caught:
        run(*words)
    assert text in str(caught.value)
