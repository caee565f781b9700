"""The tagger's networks, by name, and folders of trained ones.

>>> from pyrun.tagger.l1jet import models
>>> model = models.load("output/baseline")                                      # doctest: +SKIP
>>> scores, pt_factor = model.predict(inputs)                                   # doctest: +SKIP
"""

from __future__ import annotations

from .folder import TaggerModel, load, require_data_set_for
from .registry import get, names, register

__all__ = ["TaggerModel", "get", "load", "names", "register", "require_data_set_for"]
