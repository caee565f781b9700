"""pytagger single-tau"""

from __future__ import annotations

from ..studies.command import study_command

command = study_command("single-tau")
