"""The kinds of modules, under the name that CMSSW gives their module."""

from pyrun.framework.config.modules import (  # noqa: F401
    EDAnalyzer,
    EDFilter,
    EDProducer,
    ESPrefer,
    ESProducer,
    ESSource,
    Looper,
    OutputModule,
    Service,
    Source,
    _Module,
)
from pyrun.framework.config.switch_producer import SwitchProducer  # noqa: F401
