"""Event files: the products of many events, in a ROOT file with its history.

A file has the containers ``Events`` (with ``EventAuxiliary``, one field per product, and ``EventProductPresence``: one
bool per product that says whether the event has it), ``LuminosityBlocks`` and ``Runs``, and two texts: ``MetaData``,
see `FileMetadata`, and ``EventIndex`` with the types and checksums of the fields.
"""

from __future__ import annotations

from .event_file_reader import EventFileReader
from .event_file_writer import EventFileWriter
from .metadata import FileMetadata

__all__ = ["EventFileReader", "EventFileWriter", "FileMetadata"]
