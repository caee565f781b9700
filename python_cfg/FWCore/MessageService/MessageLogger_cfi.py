"""The message logger as every process starts with it."""

from FWCore.ParameterSet.MessageLogger import MessageLogger  # noqa: F401
