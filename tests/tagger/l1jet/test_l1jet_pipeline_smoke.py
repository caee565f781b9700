"""The whole chain on 20,000 jets: minutes, so only for who asks for it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

STEPS = 21
LIMIT = 600.0  # seconds, on two cores that do nothing else


@pytest.mark.slow
@pytest.mark.exhaustive
def test_all_steps_on_twenty_thousand_jets_within_ten_minutes(tmp_path):
    words = [sys.executable, "-m", "pyrun.tagger.l1jet.cli", "pipeline", "-c", "smoke.yaml"]
    begin = time.monotonic()
    subprocess.run(words, cwd=tmp_path, check=True)
    seconds = time.monotonic() - begin
    work = tmp_path / "output" / "smoke.pipeline"
    plan = json.loads((work / "plan.json").read_text())
    records = {name: json.loads((tmp_path / step["record"]).read_text()) for name, step in plan["steps"].items()}
    assert len(records) == STEPS and {x["status"] for x in records.values()} == {"done"}
    assert (tmp_path / "website" / "index.html").exists()
    shown = subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert shown.count(": up to date") == STEPS
    assert seconds < LIMIT
