"""``import FWCore.ParameterSet.Config as cms``: the configuration language."""

from pyrun.framework.config import *  # noqa: F403
from pyrun.framework.config import __all__  # noqa: F401
