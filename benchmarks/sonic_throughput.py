"""What SONIC costs: jobs whose network runs on a Triton server, against what bounds them.

    python benchmarks/sonic_throughput.py [--files 8] [--repeats 5] [--quick]

1. A job that only tags jets, whose features are read from a file, against the bare tritonclient: the same tensors, made
   beforehand and sent by the fastest of three loops. Jets per second.
2. The same jets by one request per event, padded to the event's longest, as CMSSW's producer sends them.
3. The MiniAOD job with SONIC against the one with the network in the process. Job and server run on one core together,
   and on two; so the server's work comes out of the same purse.

The server is the bundled one, with one instance of one thread, and runs before the clock does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from child_process import result_of

from pyrun.framework.resources import file_in_path
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions

MODEL = "particletransformer_AK4"
TAG_INFOS = "pfParticleTransformerAK4TagInfosSlimmedPuppiWithDeepTags"
INPUT = "data/ttbar_pu30_aodsim.root"
EVENTS_IN_FILE = 465
IN_FLIGHT = 4

Runs = dict[str, list[float]]


def run_process(process: Any) -> Any:
    """Run a job that must not fail; its report."""
    from pyrun.framework.config.description import describe
    from pyrun.framework.engine.job import Job
    from pyrun.framework.services.message_logger import MessageLogger

    result = Job(describe(process), MessageLogger([])).run()
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())
    return result.report


def write_tag_infos(folder: str) -> str:
    """A file with the features of the shipped events' jets, as AOD to MiniAOD makes them."""
    from pyrun.framework import load

    process = load("cfg/miniaod_cfg.py", inputFiles=f"file:{file_in_path(INPUT)}", outputFile=f"{folder}/features.root")
    process.options.wantSummary = False
    process.MINIAODSIMoutput.outputCommands = ["drop *", f"keep *_{TAG_INFOS}_*_*"]
    run_process(process)
    return f"{folder}/features.root"


def tagging_process(path: str, files: int, server: LocalServer) -> Any:
    """Read features and have them turned into scores on the server."""
    import pyrun.framework.config as cms

    process = cms.Process("TAG")
    process.source = cms.Source("PoolSource",
        fileNames = cms.untracked.vstring([f"file:{path}"] * files),
        duplicateCheckMode = cms.untracked.string("noDuplicateCheck"),
    )  # fmt: skip
    process.options.eventsPerBlock = EVENTS_IN_FILE
    process.options.numberOfStreams = 2
    process.add_(cms.Service("TritonService", servers = cms.untracked.VPSet(cms.PSet(
        name = cms.untracked.string("benchmark"),
        address = cms.untracked.string(server.host),
        port = cms.untracked.uint32(server.grpc_port),
    ))))  # fmt: skip
    process.tags = cms.EDProducer("ParticleTransformerAK4SonicJetTagsProducer", src=cms.InputTag(TAG_INFOS))
    process.p = cms.Path(process.tags)
    return process


def tensors_of(path: str, files: int) -> tuple[list[dict[str, np.ndarray]], list[dict[str, np.ndarray]]]:
    """The tensors that the tagging job sends, in the sizes in which it sends them; and those of one event each."""
    import uproot

    from pyrun.modules.btag.batching import MULTIPLE, JetInputs
    from pyrun.modules.btag.features import CAPS
    from pyrun.modules.columns import flat, values

    with uproot.open(path) as file:
        name = next(key for key in file["Events"].keys() if TAG_INFOS in key and "." not in key)
        infos = file["Events"].arrays([name])[name]
    offsets, records = flat(infos.layout)
    jets, filled = JetInputs.of(records), values(records["is_filled"])
    large, per_event = [], []
    for _, arrays in jets.batches(np.flatnonzero(filled), 496):
        missing = -len(arrays[0]) % MULTIPLE
        large.append(named([np.concatenate([x, np.zeros((missing, *x.shape[1:]), x.dtype)]) for x in arrays]))
    for start, stop in zip(offsets[:-1], offsets[1:], strict=True):
        mine = start + np.flatnonzero(filled[start:stop])
        if len(mine):
            longest = [min(max(np.diff(kind.offsets)[mine].max(), 1), cap)
                       for kind, cap in zip(jets.kinds, CAPS.values(), strict=True)]  # fmt: skip
            per_event.append(named(jets.batch(mine, tuple(longest))))
    return large * files, per_event * files


def named(arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
    """By the names of the model's inputs."""
    return {f"input_{i}": x for i, x in enumerate(arrays, 1)}


class BareClient:
    """tritonclient without a framework."""

    def __init__(self, server: LocalServer, tensors: list[dict[str, np.ndarray]]) -> None:
        import tritonclient.grpc as grpc

        self.grpc, self.tensors = grpc, tensors
        self.client = grpc.InferenceServerClient(f"{server.host}:{server.grpc_port}")

    def _inputs(self, tensors: dict[str, np.ndarray]) -> list[Any]:
        inputs = []
        for name, array in tensors.items():
            inputs.append(self.grpc.InferInput(name, array.shape, "FP32"))
            inputs[-1].set_data_from_numpy(array)
        return inputs

    def one_by_one(self) -> None:
        """Wait for each answer."""
        for tensors in self.tensors:
            self.client.infer(MODEL, self._inputs(tensors)).as_numpy("softmax")

    def in_flight(self) -> None:
        """Several requests at once, by threads."""
        def infer(tensors: dict[str, np.ndarray]) -> None:
            self.client.infer(MODEL, self._inputs(tensors)).as_numpy("softmax")

        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            list(pool.map(infer, self.tensors))

    def shared_memory(self) -> None:
        """The same, with the tensors in shared memory, which is set up before each round of requests."""
        import queue

        import tritonclient.utils.shared_memory as shm

        size = max(sum(array.nbytes for array in tensors.values()) for tensors in self.tensors)
        regions: queue.Queue[tuple[str, Any]] = queue.Queue()
        for slot in range(IN_FLIGHT):
            name = f"bare-{os.getpid()}-{slot}"
            region = shm.create_shared_memory_region(name, f"/{name}", size)
            self.client.register_system_shared_memory(name, f"/{name}", size)
            regions.put((name, region))

        def infer(tensors: dict[str, np.ndarray]) -> None:
            name, region = regions.get()
            inputs, offset = [], 0
            for tensor, array in tensors.items():
                shm.set_shared_memory_region(region, [array], offset=offset)
                inputs.append(self.grpc.InferInput(tensor, array.shape, "FP32"))
                inputs[-1].set_shared_memory(name, array.nbytes, offset)
                offset += array.nbytes
            self.client.infer(MODEL, inputs).as_numpy("softmax")
            regions.put((name, region))

        try:
            with ThreadPoolExecutor(IN_FLIGHT) as pool:
                list(pool.map(infer, self.tensors))
        finally:
            while not regions.empty():
                name, region = regions.get()
                self._unregister(name)
                shm.destroy_shared_memory_region(region)

    def _unregister(self, name: str) -> None:
        """As soon as the server allows it: it answers a request before it lets go of the memory."""
        for _ in range(200):
            try:
                return self.client.unregister_system_shared_memory(name)
            except self.grpc.InferenceServerException as error:
                if "in use" not in str(error):
                    raise
                time.sleep(0.01)
        raise TimeoutError(f"The server still uses the shared memory {name} after two seconds.")


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def tagging(folder: str, files: int, repeats: int) -> None:
    """Parts 1 and 2."""
    path = write_tag_infos(folder)
    with LocalServer.start(ServerOptions(models=[file_in_path(f"models/{MODEL}")])) as server:
        tensors, of_events = tensors_of(path, files)
        jets = sum(int((x["input_4"][..., 3] > 0).any(axis=1).sum()) for x in tensors)
        bare, like_cmssw = BareClient(server, tensors), BareClient(server, of_events)
        job = tagging_process(path, files, server)
        works: dict[str, Callable[[], object]] = {
            "tritonclient, one by one": bare.one_by_one,
            f"tritonclient, {IN_FLIGHT} in flight": bare.in_flight,
            f"tritonclient, {IN_FLIGHT} in flight, shared memory": bare.shared_memory,
            "pyrun, blocks of 465 events": lambda: run_process(job),
            f"one request per event, {IN_FLIGHT} in flight": like_cmssw.in_flight,
        }
        runs: Runs = {name: [] for name in works}
        for _ in range(repeats + 1):  # the first round is not counted
            for name, work in works.items():
                runs[name].append(jets / timed(work))
    names = list(works)
    best = [max(rates) for rates in zip(*(runs[name] for name in names[:3]), strict=True)]
    print(f"Tagging {jets} jets of {files * EVENTS_IN_FILE} events, {sum(len(x['input_1']) for x in tensors)} rows in "
          f"{len(tensors)} requests; median of {repeats}")  # fmt: skip
    table(runs, best, "jets/s", "of the fastest bare client")


def table(runs: Runs, peer: list[float], unit: str, of_what: str) -> None:
    """Rates, and the medians of their ratios to the peer's in the same round."""
    for name, rates in runs.items():
        ratios = [rate / best for rate, best in zip(rates[1:], peer[1:], strict=True)]
        print(f"{name:42s}{statistics.median(rates[1:]):9.1f} {unit}{statistics.median(ratios):7.2f} {of_what} "
              f"({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


def miniaod(results: Connection, sonic: bool, cores: int, address: str, files: int, output: str) -> None:
    """Run the MiniAOD job twice in this process, and tell the rate of the second run."""
    import pyrun.framework.config as cms
    from pyrun.framework import load

    os.sched_setaffinity(0, range(cores))
    words = [f"sonic={sonic}", f"threads={cores}", f"streams={cores}", f"address={address}", f"outputFile={output}"]

    def run(files: int, events: int) -> None:
        inputs = ",".join([f"file:{file_in_path(INPUT)}"] * files)
        process = load("cfg/run.py", *words, f"inputFiles={inputs}", f"maxEvents={events}")
        process.source.duplicateCheckMode = cms.untracked.string("noDuplicateCheck")
        process.options.wantSummary = False
        run_process(process)

    run(1, 100)
    seconds = timed(lambda: run(files, files * EVENTS_IN_FILE))
    results.send(files * EVENTS_IN_FILE / seconds)


def main_job(folder: str, cores: int, files: int, repeats: int) -> None:
    """Part 3."""
    everything = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(cores))  # the server inherits it
    try:
        with LocalServer.start(ServerOptions(models=[file_in_path(f"models/{MODEL}")], instances=cores)) as server:
            address = f"{server.host}:{server.grpc_port}"
            runs: Runs = {"network in the process": [], "SONIC": []}
            for _ in range(repeats + 1):
                for name, rates in runs.items():
                    rates.append(result_of(miniaod, name == "SONIC", cores, address, files, f"{folder}/{cores}.root"))
    finally:
        os.sched_setaffinity(0, everything)
    print(f"MiniAOD of {files * EVENTS_IN_FILE} events, {cores} threads and a server of {cores} instances on {cores} "
          f"cores together; median of {repeats}")  # fmt: skip
    table(runs, runs["network in the process"], "events/s", "of the network in the process")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=8, help="how often the tagging job reads the file")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one file, once: to see that it works")
    arguments = parser.parse_args()
    files, repeats = (1, 1) if arguments.quick else (arguments.files, arguments.repeats)
    print("Triton 2.51, python backend, CPU")
    with tempfile.TemporaryDirectory() as folder:
        tagging(folder, files, repeats)
        for cores in range(1, min(1 if arguments.quick else 2, len(os.sched_getaffinity(0))) + 1):
            main_job(folder, cores, max(1, files // 4), repeats)


if __name__ == "__main__":
    main()
