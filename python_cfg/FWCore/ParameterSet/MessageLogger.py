"""The message logger as every process starts with it, under the name that CMSSW gives its module."""

from pyrun.framework.config.process_options import default_message_logger

MessageLogger = default_message_logger()
