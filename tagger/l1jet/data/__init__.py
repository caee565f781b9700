"""Data sets of labelled jets: written by ``pytagger make-data``, read by everything else."""

from __future__ import annotations

from .dataset import PARTS, WEIGHTS, Batch, Dataset

__all__ = ["PARTS", "WEIGHTS", "Batch", "Dataset"]
