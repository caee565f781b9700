"""Arguments of configurations, under the name that CMSSW gives their module."""

from pyrun.framework.config.varparsing import VarParsing, multiplicity, varType  # noqa: F401
