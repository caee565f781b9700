"""The parameter types, under the name that CMSSW gives their module."""

from pyrun.framework.config.fragments import (  # noqa: F401
    _ConvertToPSet,
    convertToPSet,
    convertToVPSet,
    makeCppPSet,
)
from pyrun.framework.config.ids import (  # noqa: F401
    ESInputTag,
    EventID,
    EventRange,
    InputTag,
    LuminosityBlockID,
    LuminosityBlockRange,
    VESInputTag,
    VEventID,
    VEventRange,
    VInputTag,
    VLuminosityBlockID,
    VLuminosityBlockRange,
)
from pyrun.framework.config.modules import EDAlias, SecSource  # noqa: F401
from pyrun.framework.config.placeholders import obsolete, optional, required, untracked  # noqa: F401
from pyrun.framework.config.psets import PSet, PSetTemplate, VPSet  # noqa: F401
from pyrun.framework.config.scalars import (  # noqa: F401
    FileInPath,
    bool,
    double,
    int32,
    int64,
    string,
    uint32,
    uint64,
    vbool,
    vdouble,
    vint32,
    vint64,
    vstring,
    vuint32,
    vuint64,
)
