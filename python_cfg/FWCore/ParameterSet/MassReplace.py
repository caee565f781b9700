"""Replacing values everywhere, under the name that CMSSW gives their module."""

from pyrun.framework.config.massreplace import (  # noqa: F401
    MassSearchParamVisitor,
    MassSearchReplaceAnyInputTagVisitor,
    MassSearchReplaceParamVisitor,
    massReplaceInputTag,
    massReplaceParameter,
    massSearchReplaceAnyInputTag,
    massSearchReplaceParam,
)
