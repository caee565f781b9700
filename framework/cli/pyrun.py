"""pyrun: run a configuration, as cmsRun does."""

from __future__ import annotations

import argparse
import atexit
import gc
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from ..config.description import ProcessDescription
    from ..engine.failure import Failure
    from ..engine.job import JobResult
    from ..service import Service
    from ..services.job_report import JobReport
    from ..services.message_logger import MessageLogger

COMMAND_LINE_ERROR, EXTERNAL_SIGNAL = 7000, 9000


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        sys.stderr.write(f"pyrun: {message}\n")
        sys.exit(_shell_code(COMMAND_LINE_ERROR))


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; ends the interpreter with cmsRun's exit code."""
    arguments = _parser().parse_args(_with_default_folder(sys.argv[1:] if argv is None else argv))
    if arguments.version:
        from importlib.metadata import version

        print(f"pyrun {version('pyrun')}")
        sys.exit(0)
    if arguments.command is None and arguments.config is None:
        _parser().error("give a configuration file, or a configuration as text with -c")
    if arguments.json and not arguments.lint:
        _parser().error("--json goes with --lint")
    gc.set_threshold(50_000, 20, 20)  # importing libraries makes many objects that stay: a tenth of a short job's time
    atexit.register(gc.freeze)  # at the end Python would look for cycles in all of them: a fifth of that time
    with ExitStack() as until_the_end:
        code = _run(arguments, until_the_end)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # nothing is left that could be interrupted
    sys.exit(_shell_code(code))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pyrun",
        description="Run a CMSSW-style job configuration.",
        epilog="What follows the configuration is for the configuration itself, e.g. pyrun job_cfg.py maxEvents=10",
    )
    parser.add_argument(
        "-n", "--numThreads", type=int, metavar="N", help="number of threads, 0 for all CPUs (default: as configured)"
    )
    parser.add_argument("-c", "--command", metavar="STRING", help="the configuration as text, instead of a file")
    parser.add_argument(
        "--profile",
        metavar="FOLDER",
        help="measure modules and streams: a page with plots, a trace and the numbers in a folder named after the "
        "configuration, or in --profile=FOLDER",
    )
    parser.add_argument("-j", "--jobreport", metavar="FILE", help="write the job report, as XML, to a file")
    parser.add_argument(
        "-e", "--enablejobreport", action="store_true", help="write the job report to FrameworkJobReport.xml"
    )
    parser.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="show a progress bar on a terminal (default: yes, unless PYRUN_PROGRESS=0)",
    )
    parser.add_argument(
        "--lint", action="store_true", help="run nothing: tell what in the configuration is without effect or wrong"
    )
    parser.add_argument("--json", action="store_true", help="with --lint: as JSON")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    _add_executor(parser.add_argument_group("to run the job in parts on a Dask cluster (docs/scale-out.md)"))
    parser.add_argument("config", nargs="?", help="the configuration file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments of the configuration")
    return parser


def _add_executor(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--executor", choices=["local", "dask"], default="local", help="'dask' to do so")
    group.add_argument("--scheduler", default="", metavar="ADDRESS", help="of the cluster, tcp://host:port")
    group.add_argument(
        "--workers", type=int, default=0, metavar="N", help="without --scheduler: processes here (default: all CPUs)"
    )
    group.add_argument(
        "--eventsPerTask", type=int, default=0, metavar="N", help="most events of a part (default: by the workers)"
    )
    group.add_argument(
        "--scratch", default="", metavar="FOLDER", help="which all workers see (default: where the output will be)"
    )


def _with_default_folder(argv: Sequence[str]) -> list[str]:
    """Let ``--profile`` stand without a folder, which argparse would look for in the next word: the configuration."""
    words = list(argv)
    for place, word in enumerate(words):
        if word == "--profile":
            words[place] = "--profile="
        if word == "--profile" or word.endswith(".py"):
            break
    return words


def _run(arguments: argparse.Namespace, until_the_end: ExitStack) -> int:
    """Load the configuration and run it; return the full exit code.

    The job's signal handlers stay `until_the_end`, so that no signal can contradict what has been told of the job.
    """
    from ..engine.failure import Failure

    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs would ignore the first
        signal.signal(number, signal.default_int_handler)  # nothing half-written stays behind
    report: JobReport | None = None
    result: JobResult | None = None
    failure: Failure | None = None
    try:
        report = _job_report(arguments)
        if arguments.lint:
            return _lint(arguments)
        process = _load(arguments)
        if arguments.profile is not None:
            from ..profiling.command import add_profiler

            add_profiler(process, arguments.profile, None if arguments.command else arguments.config)
        result = _run_process(process, arguments, report, until_the_end)
        failure = result.failure
    except KeyboardInterrupt as error:
        sys.stderr.write("\npyrun: interrupted; no output was written\n")
        failure = Failure("Interrupted", EXTERNAL_SIGNAL, "The job was interrupted", (), error)
    except Exception as error:
        failure = Failure.of(error)
    if failure is not None and failure.exit_code != EXTERNAL_SIGNAL:
        _print_failure(failure)
    ended = 0 if result is None else result.exit_code
    return _write_report(report, result, failure) or (ended if failure is None else failure.exit_code)


def _job_report(arguments: argparse.Namespace) -> JobReport | None:
    """The job report, if one is asked for."""
    path = arguments.jobreport or ("FrameworkJobReport.xml" if arguments.enablejobreport else None)
    if path is None:
        return None
    from ..services.job_report import JobReport

    return JobReport(path)


def _write_report(report: JobReport | None, result: JobResult | None, failure: Failure | None) -> int:
    """Complete the job report; the exit code is that of the problem, if there is one with it."""
    from ..errors import FileWriteError

    if report is None:
        return 0
    try:
        if result is None:
            report.write(failure=failure)
        else:
            report.write(result.inputs, result.outputs, failure, bool(result.interrupted))
    except FileWriteError as error:
        return _tell(error)
    return 0


def _load(arguments: argparse.Namespace) -> ProcessDescription:
    from ..config.description import describe
    from ..config.loading import load_process

    with _configuration(arguments) as (path, given):
        return describe(load_process(path, given))


def _lint(arguments: argparse.Namespace) -> int:
    from ..lint.command import lint_file

    with _configuration(arguments) as (path, given):
        name = "the command line" if arguments.config is None or arguments.command else arguments.config
        return lint_file(path, given, as_json=arguments.json, name=name)


@contextmanager
def _configuration(arguments: argparse.Namespace) -> Iterator[tuple[str, list[str]]]:
    """The configuration's file, for the time of the ``with`` block, and its arguments."""
    from ..config.loading import find_configuration

    if arguments.command is None:
        yield find_configuration(arguments.config), arguments.arguments
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "command_line_cfg.py"
        path.write_text(arguments.command + "\n", encoding="utf-8")
        yield str(path), [] if arguments.config is None else [arguments.config, *arguments.arguments]


def _run_process(
    process: ProcessDescription, arguments: argparse.Namespace, report: JobReport | None, until_the_end: ExitStack
) -> JobResult:
    from ..services.message_logger import configured_logger

    log = configured_logger(process)
    try:
        for warning in process.warnings:
            log.warning("Configuration", warning)
        return _run_job(process, arguments, log, report, until_the_end)
    finally:
        log.close()


def _run_job(
    process: ProcessDescription,
    arguments: argparse.Namespace,
    log: MessageLogger,
    report: JobReport | None,
    until_the_end: ExitStack,
) -> JobResult:
    from ..engine.job import Job
    from ..services.progress_bar import ProgressBar, progress_wanted

    threads = arguments.numThreads
    if arguments.executor == "dask":
        from ..scaleout.dask_executor import run_with_dask

        return run_with_dask(
            process,
            log,
            threads,
            scheduler=arguments.scheduler,
            workers=arguments.workers,
            events_per_task=arguments.eventsPerTask,
            scratch=arguments.scratch,
        )
    listeners: dict[str, Service] = {} if report is None else {report.label: report}
    if progress_wanted(arguments.progress):
        bar = ProgressBar()
        bar.log, listeners[bar.label] = log, bar
    job = Job(process, log, threads, listeners)
    until_the_end.enter_context(job.interrupts.watched())
    return job.run()


def _tell(error: Exception) -> int:
    from ..engine.failure import Failure

    failure = Failure.of(error)
    _print_failure(failure)
    return failure.exit_code


def _print_failure(failure: Failure) -> None:
    sys.stdout.flush()
    sys.stderr.write(failure.fatal_print() + "\n")


def _shell_code(code: int) -> int:
    """What the shell can see of a full exit code."""
    return code % 256
