"""Bases of the configuration language, under the name that CMSSW gives their module."""

from pyrun.framework.config.base import (  # noqa: F401
    PrintOptions,
    _ConfigureComponent,
    _Labelable,
    _SpecialImportRegistry,
    _Unlabelable,
    specialImportRegistry,
)
from pyrun.framework.config.base import save_origin as saveOrigin  # noqa: F401
from pyrun.framework.config.changes import modify_table as _modifyParametersFromDict  # noqa: F401
from pyrun.framework.config.parameterizable import _Parameterizable, _TypedParameterizable  # noqa: F401
from pyrun.framework.config.parametertypes import (  # noqa: F401
    UsingBlock,
    _ParameterTypeBase,
    _SimpleParameterTypeBase,
    _ValidatingListBase,
    _ValidatingParameterListBase,
)
