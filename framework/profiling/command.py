"""What ``pyrun --profile`` does to a job."""

from __future__ import annotations

from pathlib import Path

from ..config.description import ModuleDescription, Parameter, ProcessDescription


def add_profiler(process: ProcessDescription, directory: str, configuration: str | None) -> None:
    """Give the job the service `Profiler`, also if the configuration has one.

    Parameters
    ----------
    process : ProcessDescription
        The job; its provenance does not change.
    directory : str
        The folder to write; empty for one named after the configuration, ``job_cfg.profile`` for ``job_cfg.py``.
    configuration : str or None
        The configuration file; None if there is none.
    """
    name = Path(configuration).name if configuration else process.name
    directory = directory or f"{Path(name).stem}.profile"
    parameters = {"directory": Parameter("string", False, directory), "title": Parameter("string", False, name)}
    process.services["Profiler"] = ModuleDescription(
        "Profiler", "Service", "Profiler", parameters, file="pyrun --profile", line=0
    )
