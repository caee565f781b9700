"""Running processes from Python: `load` or build one, `run` it, look at what it made.

Examples
--------
>>> from pyrun.framework import load, run
>>> process = load("cfg/miniaod_cfg.py", maxEvents=10)                          # doctest: +SKIP
>>> result = run(process, products=["slimmedJets"])                             # doctest: +SKIP
>>> result["slimmedJets"].pt                                                    # doctest: +SKIP
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from .config.description import ProcessDescription, describe
from .config.loading import begin_afresh, find_configuration, load_process
from .config.process import Process
from .errors import CMSException, Configuration, NotFound
from .event.branch import BranchDescription, InputTag
from .event.trigger_results import PASS, TRIGGER_RESULTS
from .io.memory import COLLECT, ArraySource, Collected, CollectingOutputModule, Key, with_collector, with_given_source
from .resources import python_cfg_path

if TYPE_CHECKING:
    from distributed import Client

    from .engine.failure import Failure
    from .engine.job import JobResult
    from .engine.report import ModuleCounts, PathCounts, StreamReport
    from .event.ids import EventIDs
    from .event.store import Array
    from .module import Module
    from .services.message_logger import MessageLogger


def use_fragments() -> None:
    """Make ``FWCore``, ``Configuration`` and the other fragments importable in this interpreter."""
    folder = str(python_cfg_path())
    if folder not in sys.path:
        sys.path.append(folder)


def reset() -> None:
    """Begin afresh, as in a new interpreter: no modifier is chosen, and fragments run again when they are imported.

    A second ``cms.Process`` with other modifiers needs this first. `load` does it itself.
    """
    begin_afresh()


def load(path: str | Path, *arguments: str, **options: Any) -> Process:
    """Run a configuration file and return its process.

    Parameters
    ----------
    path : str or Path
        The file; also one that is installed with pyrun, such as ``cfg/miniaod_cfg.py``.
    *arguments : str
        What would follow the file on the command line, e.g. ``"maxEvents=10"``.
    **options
        The same as names and values; a list is given as ``a,b``.

    Raises
    ------
    ConfigFileNotFound, ConfigFileReadError
        There is no such file, or it fails.
    """
    words = [f"{name}={_as_argument(value)}" for name, value in options.items()]
    return load_process(find_configuration(str(path)), [*arguments, *words])


def _as_argument(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


@attrs.frozen(eq=False, repr=False)
class TrigReport:
    """How often paths and modules ran; printed as cmsRun does.

    Attributes
    ----------
    report : StreamReport
        The counts.
    """

    report: StreamReport

    @property
    def events(self) -> int:
        """How many events there were."""
        return self.report.events

    @property
    def events_passed(self) -> int:
        """How many of them passed a trigger path, or all if there is none."""
        return self.report.events_passed

    @property
    def paths(self) -> Mapping[str, PathCounts]:
        """Counts per path and end path."""
        return {name: counts for name, counts in self.report.paths.items() if name != COLLECT}

    @property
    def modules(self) -> Mapping[str, ModuleCounts]:
        """Counts per module label."""
        return {label: counts for label, counts in self.report.modules.items() if label != COLLECT}

    def __repr__(self) -> str:
        from .engine.report import trig_report

        return "\n".join(trig_report(attrs.evolve(self.report, modules=dict(self.modules), paths=dict(self.paths))))


@attrs.frozen(eq=False, repr=False)
class RunResult:
    """What a run has done.

    ``result["label:instance:process"]`` is a product that was asked for: an awkward array with one entry for each event
    of `events`, None where an event has no such product.

    Attributes
    ----------
    process : str
        The process name.
    job : JobResult
        What the engine says of the job.
    collected : Collected
        What was kept in memory.
    """

    process: str
    job: JobResult
    collected: Collected

    @property
    def exit_code(self) -> int:
        """cmsRun's full exit code; 0 if all went well."""
        return self.job.exit_code

    @property
    def failure(self) -> Failure | None:
        """Why the job ended early."""
        return self.job.failure

    @property
    def events(self) -> EventIDs:
        """Run, luminosity block and number of each event, in the order of the input."""
        return self.collected.events

    @property
    def trig_report(self) -> TrigReport:
        """How often paths and modules ran."""
        return TrigReport(self.job.report)

    @property
    def products(self) -> list[str]:
        """The tags of the products that were kept."""
        return [str(_tag(branch)) for branch in self.collected.products]

    @property
    def trigger_results(self) -> Mapping[str, Array]:
        """By process: for each event, whether it passed each path; records of bools by path name.

        Those of an earlier process are there if they were asked for, as ``"TriggerResults::HLT"``. More than whether
        an event passed is in the product itself.
        """
        import awkward as ak

        results = {}
        for branch, array in self.collected.products.items():
            paths = self.collected.trigger_paths.get(branch.process, ())
            if branch.label == TRIGGER_RESULTS and paths:
                states = array["state"]
                results[branch.process] = ak.zip({name: states[:, i] == PASS for i, name in enumerate(paths)})
        return results

    def __getitem__(self, tag: str) -> Array:
        wanted = InputTag.parse(tag)
        for branch, array in self.collected.products.items():
            if branch.matches(wanted):
                return array
        kept = ", ".join(self.products) or "none"
        raise NotFound(f"The product {tag!r} was not kept: ask for it with run(process, products=[...]). Kept: {kept}")

    def __repr__(self) -> str:
        report = self.trig_report
        lines = [
            f"{self.process}: exit code {self.exit_code}, {report.events} events, {report.events_passed} passed",
            *(
                f"  path {name}: {counts.events_passed} of {counts.events} passed"
                for name, counts in list(report.paths.items())[: self.job.report.trigger_paths]
            ),
            *(f"  {_tag(branch)}: {array.type}" for branch, array in self.collected.products.items()),
        ]
        if self.job.interrupted:
            lines.append("  interrupted")
        if self.failure is not None:
            lines.append(f"  {self.failure.category}: {self.failure.message.splitlines()[0]}")
        return "\n".join(lines)


def _tag(branch: BranchDescription) -> InputTag:
    return InputTag(branch.label, branch.instance, branch.process)


def run(
    process: Process | ProcessDescription,
    *,
    threads: int | None = None,
    products: Sequence[str] = (),
    input: Mapping[Key, Array] | None = None,
    ids: EventIDs | None = None,
    announce: bool = False,
    raise_on_error: bool = True,
    client: Client | None = None,
    events_per_task: int = 0,
    scratch: str = "",
) -> RunResult:
    """Run a process in this interpreter, or in parts on the workers of a Dask cluster.

    Parameters
    ----------
    process : Process
        The process; it is not changed, and may be run again.
    threads : int, optional
        Instead of ``process.options.numberOfThreads``; 0 for all CPUs.
    products : sequence of str
        Products to keep in memory, by InputTag text: ``"slimmedJets"``, ``"label:instance:process"``. Modules in tasks
        run for them, on every event.
    input : mapping, optional
        Instead of ``process.source``: arrays by tag, or by type and tag, with one entry per event.
    ids : EventIDs, optional
        The numbers of these events; by default run 1, luminosity block 1, events 1 to N.
    announce : bool
        Whether there is a message for each event, as often as the configuration says.
    raise_on_error : bool
        Whether a job that fails or is interrupted raises an exception; else the result tells of it and holds the
        events before it.
    client : distributed.Client, optional
        The cluster that does the work. The result is the same; the products asked for travel here.
    events_per_task : int
        With a client: the most events of a part; 0 to let the number of workers decide.
    scratch : str
        With a client: a folder that all workers see; empty for the folder of the first output.

    Returns
    -------
    RunResult
        Products, event numbers, trigger results and counts.

    Raises
    ------
    CMSException
        Why the job could not start, or failed; its notes tell where.
    KeyboardInterrupt
        It was interrupted. Outputs hold the events so far; in parts, or after a second interrupt, there are none.
    """
    from .services.message_logger import configured_logger

    description = describe(process) if isinstance(process, Process) else process
    with closing(configured_logger(description)) as log:
        log.announcing = announce
        for warning in description.warnings:
            log.warning("Configuration", warning)
        if client is None:
            result, collected = _run_here(description, log, products, input, ids, threads)
        elif input is not None:
            raise Configuration("Arrays given as input can't be divided among workers: run without client")
        else:
            from .scaleout.execution import ScaleOut, run_in_parts

            how = ScaleOut(client, threads or 1, events_per_task, scratch)
            result, collected = run_in_parts(description, log, how, products)
    if result.failure is not None and raise_on_error:
        raise _exception(result.failure)
    if result.interrupted and raise_on_error:
        raise KeyboardInterrupt
    return RunResult(description.name, result, collected)


def _run_here(
    process: ProcessDescription,
    log: MessageLogger,
    products: Sequence[str],
    input: Mapping[Key, Array] | None,
    ids: EventIDs | None,
    threads: int | None,
) -> tuple[JobResult, Collected]:
    from .engine.job import Job

    collector = CollectingOutputModule(process.name, products)
    given: dict[str, Module] = {COLLECT: collector}
    if input is not None:
        given["source"] = ArraySource(input, ids)
        process = with_given_source(process)
    for module in given.values():
        module.log = log
    result = Job(with_collector(process), log, threads, given).run()
    return result, collector.collected()


def _exception(failure: Failure) -> CMSException:
    """What to raise for a failure: its exception, with a note for each step that led to it."""
    error = failure.cause
    if not isinstance(error, CMSException):
        error = CMSException(failure.message, category=failure.category)
        error.exit_code = failure.exit_code
        error.__cause__ = failure.cause
    error.context = list(failure.context)
    for level, text in enumerate(failure.context):
        error.add_note(f"   [{level}] {text}")
    return error
