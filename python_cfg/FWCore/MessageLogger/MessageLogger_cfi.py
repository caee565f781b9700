"""The message logger as every process starts with it, under its older name."""

from FWCore.MessageService.MessageLogger_cfi import MessageLogger  # noqa: F401
