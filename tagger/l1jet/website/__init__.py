"""Static pages about all runs of the tagger: see docs/pytagger-pipeline.md."""

from __future__ import annotations

from .site import publish, rebuild

__all__ = ["publish", "rebuild"]
