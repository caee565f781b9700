"""Events from NanoAOD."""

from __future__ import annotations

from ..plugins.registry import plugin
from .file_source import FileSource, SourceFile
from .nano_file import TRIGGER_PROCESS, NanoFile
from .storage import FileName


@plugin
class NanoAODSource(FileSource):
    """Reads NanoAOD: each collection (``Muon``) and each group of numbers (``MET``, ``PV``) is a product.

    See `NanoFile`.

    The trigger paths of the first file stand for those of all; a path that a later file hasn't fails there.
    """

    events_per_block = 20_000  # a few columns of each are used

    def open_file(self, name: FileName) -> SourceFile:
        paths = next((process.trigger_paths for process in self.history if process.name == TRIGGER_PROCESS), None)
        file = NanoFile(name.location, paths)
        if file.unreadable:
            self.log.warning(
                "NanoAODSource", f"{name.lfn} has columns of types that can't be read: {', '.join(file.unreadable)}"
            )
        return file
