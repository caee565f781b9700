"""The message logger as every process starts with it, under the name that CMSSW gives its module."""

from FWCore.MessageService.MessageLogger_cfi import MessageLogger  # noqa: F401
