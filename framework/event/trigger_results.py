"""TriggerResults: what became of each event on each trigger path."""

from __future__ import annotations

TRIGGER_RESULTS = "TriggerResults"
"""The product's label."""

READY, PASS, FAIL, EXCEPTION = range(4)
"""The states of a path for an event (``HLTPathStatus`` of CMSSW)."""
