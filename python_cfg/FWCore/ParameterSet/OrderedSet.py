"""A set that remembers its order, under the name that CMSSW gives its module."""

from pyrun.framework.config.ordered_set import OrderedSet  # noqa: F401
