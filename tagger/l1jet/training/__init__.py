"""Training of the tagger's models."""

from __future__ import annotations

from .trainer import Outcome, train

__all__ = ["Outcome", "train"]
