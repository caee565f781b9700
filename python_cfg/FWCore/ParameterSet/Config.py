"""``import FWCore.ParameterSet.Config as cms``: the configuration language."""

from FWCore.ParameterSet import DictTypes  # noqa: F401

from pyrun.framework.config import *
from pyrun.framework.config import __all__  # noqa: F401
from pyrun.framework.config.base import _ConfigureComponent, _Labelable, _Unlabelable  # noqa: F401
from pyrun.framework.config.base import save_origin as saveOrigin  # noqa: F401
from pyrun.framework.config.changes import modify_table as _modifyParametersFromDict  # noqa: F401
from pyrun.framework.config.modules import _Module  # noqa: F401
from pyrun.framework.config.parameterizable import _Parameterizable, _TypedParameterizable  # noqa: F401
from pyrun.framework.config.parametertypes import (  # noqa: F401
    _ParameterTypeBase,
    _SimpleParameterTypeBase,
    _ValidatingListBase,
    _ValidatingParameterListBase,
)
from pyrun.framework.config.sequence_nodes import _Sequenceable  # noqa: F401
from pyrun.framework.config.sequences import _ModuleSequenceType  # noqa: F401
