"""pytagger ditaus"""

from __future__ import annotations

from ..studies.command import study_command

command = study_command("ditaus")
