"""``import FWCore.ParameterSet.Config as cms``: the configuration language."""

from pyrun.framework.config import *
from pyrun.framework.config import __all__  # noqa: F401
