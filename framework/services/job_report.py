"""FrameworkJobReport.xml: what a job read and wrote, how it ended and what it took, for the tools that run jobs.

Elements and attributes are those of CMSSW's ``FWCore/MessageLogger`` (JobReport).
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FileWriteError
from ..plugins.parameters import ParameterSet
from ..service import JobContext, Service
from .process_memory import peak_memory
from .tfile_service import TFileService
from .timing import children_cpu

if TYPE_CHECKING:
    from ..engine.failure import Failure
    from ..event.provenance import FileRecord

UNEXPECTED_TERMINATION = 8901
_ERROR_TEXT = f"text-{uuid.uuid4()}"  # the standard library writes no CDATA sections: stands for one until the end
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # characters that XML can't hold


class JobReport(Service):
    """Writes the report of one job, whole, under a temporary name first.

    From the start there is a report that says ``UnexpectedJobTermination``, which stays if the process is killed.
    The service listens to the job, if there is one: `write` may also tell why none began.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    FileWriteError
        It can't be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__("@JobReport", ParameterSet())  # no module can have this label
        self.path = Path(path)
        self._job: JobContext | None = None
        self._began = time.perf_counter()
        root = ET.Element("FrameworkJobReport")
        _element(root, "FrameworkError", ExitStatus=str(UNEXPECTED_TERMINATION), Type="UnexpectedJobTermination")
        self._replace(root, "")

    def preBeginJob(self, job: JobContext) -> None:
        """Remember the job and its services."""
        self._job = job

    def write(
        self,
        inputs: Sequence[FileRecord] = (),
        outputs: Sequence[FileRecord] = (),
        failure: Failure | None = None,
        interrupted: bool = False,
    ) -> None:
        """Write the report of the job, which is over.

        Parameters
        ----------
        inputs, outputs : sequence of FileRecord
            What was read and written.
        failure : Failure or None
            Why the job failed, or could not begin.
        interrupted : bool
            Whether a signal ended it early, in good order.
        """
        root = ET.Element("FrameworkJobReport")
        if self._job is not None:
            _element(_element(root, "Process"), "Name", self._job.process.name)
        read = _element(root, "ReadBranches")
        for name, count in _read_branches(inputs).items():
            _element(read, "Branch", Name=name, ReadCount=str(count))
        for file in inputs:
            _input_file(root, file)
        for file in outputs:
            _output_file(root, file, inputs)
        if failure is None:
            for name in self._histogram_files():
                analysis = _element(root, "AnalysisFile")
                _element(analysis, "FileName", name)
                _element(analysis, "Source", Value="TFileService")
        for group, metrics in self._performance().items():
            summary = _element(_element(root, "PerformanceReport"), "PerformanceSummary", Metric=group)
            for name, value in metrics.items():
                _element(summary, "Metric", Name=name, Value=value)
        if interrupted:
            _element(root, "ShutdownSignal")
        if failure is not None:
            code = str(failure.exit_code)
            _element(root, "FrameworkError", _ERROR_TEXT, ExitStatus=code, Type="Fatal Exception")
        self._replace(root, "" if failure is None else failure_text(failure))

    def _services(self) -> Mapping[str, Service]:
        return {} if self._job is None else self._job.services

    def _histogram_files(self) -> list[str]:
        return [service.fileName for service in self._services().values() if isinstance(service, TFileService)]

    def _performance(self) -> dict[str, Mapping[str, str]]:
        """The metrics of the services, and those that every job has."""
        groups: dict[str, Mapping[str, str]] = {}
        for service in self._services().values():
            groups.update(service.performance())
        memory = peak_memory()
        basic = {
            "Timing": {
                "TotalJobTime": time.perf_counter() - self._began,
                "TotalJobCPU": time.process_time(),
                "TotalJobChildrenCPU": children_cpu(),
            },
            "ApplicationMemory": {"PeakValueVsize": memory.vsize, "PeakValueRss": memory.rss},
        }
        if self._job is not None:
            basic["Timing"] |= {"NumberOfThreads": self._job.threads, "NumberOfStreams": self._job.streams}
        for group, metrics in basic.items():
            groups[group] = {name: f"{value:g}" for name, value in metrics.items()} | dict(groups.get(group, {}))
        return groups

    def _replace(self, root: ET.Element, error: str) -> None:
        """Write the file, with the text of the error, under a temporary name and rename it."""
        ET.indent(root)
        text = ET.tostring(root, encoding="unicode", xml_declaration=True)
        if error:
            section = _ILLEGAL.sub("?", error).replace("]]>", "]]]]><![CDATA[>")  # which would end it
            text = text.replace(_ERROR_TEXT, f"<![CDATA[{section}]]>")
        temporary = self.path.parent / f".{self.path.name}.{os.getpid()}.tmp"
        try:
            temporary.write_text(text + "\n", encoding="utf-8")
            os.replace(temporary, self.path)
        except OSError as problem:
            temporary.unlink(missing_ok=True)
            reason = problem.strerror or str(problem)
            raise FileWriteError(f"The job report {str(self.path)!r} could not be written: {reason}") from problem


def failure_text(failure: Failure) -> str:
    """What the fatal message says, without its frame."""
    lines = [f"An exception of category '{failure.category}' occurred" + (" while" if failure.context else "")]
    lines += [f"   [{level}] {text}" for level, text in enumerate(failure.context)]
    return "\n".join(["", *lines, "Exception Message:", failure.message, ""])


def _element(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    clean = {name: _ILLEGAL.sub("?", value) for name, value in attributes.items()}
    child = ET.SubElement(parent, tag, clean)
    child.text = None if text is None else _ILLEGAL.sub("?", text)
    return child


def _read_branches(inputs: Sequence[FileRecord]) -> dict[str, int]:
    """For each branch read, the events of the files in which it was."""
    counts: dict[str, int] = {}
    for file in inputs:
        for branch in file.branches:
            counts[branch] = counts.get(branch, 0) + file.events
    return dict(sorted(counts.items()))


def _file(element: ET.Element, file: FileRecord) -> None:
    """What input and output files have in common."""
    _element(element, "State", Value="closed")
    for tag, text in (("LFN", file.lfn), ("PFN", file.pfn), ("Catalog", str(file.more.get("Catalog", ""))),
                      ("ModuleLabel", file.module), ("GUID", file.guid)):  # fmt: skip
        _element(element, tag, text)
    branches = _element(element, "Branches")
    for branch in file.branches:
        _element(branches, "Branch", branch)


def _runs(element: ET.Element, file: FileRecord) -> None:
    runs = _element(element, "Runs")
    for run, lumis in sorted(file.lumis.items()):
        entry = _element(runs, "Run", ID=str(run))
        for lumi, events in sorted(lumis.items()):
            _element(entry, "LumiSection", ID=str(lumi), NEvents=str(events))


def _input_file(root: ET.Element, file: FileRecord) -> None:
    element = _element(root, "InputFile")
    _file(element, file)
    _element(element, "InputType", str(file.more.get("InputType", "primaryFiles")))
    _element(element, "InputSourceClass", file.module_class)
    _element(element, "EventsRead", str(file.events))
    _runs(element, file)


def _output_file(root: ET.Element, file: FileRecord, inputs: Sequence[FileRecord]) -> None:
    element = _element(root, "File")
    _file(element, file)
    branches = hashlib.md5("\n".join(sorted(file.branches)).encode(), usedforsecurity=False).hexdigest()
    _element(element, "OutputModuleClass", file.module_class)
    _element(element, "TotalEvents", str(file.events))
    _element(element, "DataType", str(file.more.get("DataType", "")))
    _element(element, "BranchHash", branches)
    _runs(element, file)
    listed = _element(element, "Inputs")
    for name in file.inputs:
        source = next((record for record in inputs if name in (record.pfn, record.lfn)), None)
        entry = _element(listed, "Input")
        _element(entry, "LFN", name if source is None else source.lfn)
        _element(entry, "PFN", name if source is None else source.pfn)
        _element(entry, "FastCopying", "0")
