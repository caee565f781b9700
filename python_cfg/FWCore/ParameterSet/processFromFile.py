"""The process of another configuration file, under the name that CMSSW gives this function's module."""

from pyrun.framework.config.loading import processFromFile  # noqa: F401
