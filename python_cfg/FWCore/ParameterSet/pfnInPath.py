"""Where a file of the search path is, under the name that CMSSW gives this function's module."""

from pyrun.framework.resources import file_in_path


def pfnInPath(name):
    """The file as an input of a job: ``file:`` and its path."""
    return f"file:{file_in_path(name)}"
