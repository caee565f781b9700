"""Writes the pages: of one run into branches/NAME/pipelineN or tags/TAG, and those of all runs."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from pyrun.framework.errors import Configuration, FileWriteError

from ..folders import whole
from .content import Run, read
from .figures import figures
from .pages import Pages

SUMMARY = "run.json"


def publish(run_folder: Path, site: Path, branch: str = "", number: int = 0, tag: str = "") -> Path:
    """Write the pages of a run, and those of all runs anew.

    Parameters
    ----------
    run_folder : Path
        Of the model; parts may be missing.
    site : Path
        Made if it is not there; holds all that its pages show.
    branch : str
        Where to put it: ``branches/BRANCH/pipelineN``.
    number : int
        N; 0: as before for the same training, else the next.
    tag : str
        Put it into ``tags/TAG`` instead.

    Returns
    -------
    Path
        The run's first page.

    Raises
    ------
    Configuration
        There is no such run, or the site's folder holds something else.
    FileWriteError
        The disk is full, or the folder can't be written.
    """
    if not run_folder.is_dir():
        raise Configuration(f"There is no run in {run_folder}: it is the folder that `pytagger train` has written.")
    run = read(run_folder)
    identity = _identity(run)
    try:
        with _locked(site):
            where = f"tags/{slug(tag)}" if tag else _place(site, slug(branch or "local"), number, identity)
            with whole(site / where) as folder:
                _write_run(run, folder, where, identity)
            _write_all(site)
    except OSError as error:
        raise FileWriteError(f"The website {site} can't be written: {error.strerror or error}") from error
    return site / where / "index.html"


def rebuild(site: Path) -> int:
    """Write the pages of all runs anew, as after one was deleted by hand; returns how many there are."""
    if not site.is_dir():
        raise Configuration(f"There is no website in {site}.")
    with _locked(site):
        return _write_all(site)


def slug(name: str) -> str:
    """A name as it may stand in an address.

    >>> slug("feature/new taus")
    'feature-new-taus'
    """
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "unnamed"


def _identity(run: Run) -> dict[str, str]:
    """By what the same training is known again; without a model by its folder."""
    path = run.folder / "metadata.json"
    training = hashlib.sha256(path.read_bytes()).hexdigest() if run.metadata else ""
    return {"training": training, "folder": str(run.folder.resolve())}


def _place(site: Path, branch: str, number: int, identity: dict[str, str]) -> str:
    folder = site / "branches" / branch
    numbers = {int(m[1]): p for p in folder.glob("pipeline*") if (m := re.fullmatch(r"pipeline(\d+)", p.name))}
    if not number:
        same = [n for n, path in numbers.items() if _is_same(_summary(path).get("identity", {}), identity)]
        number = max(same, default=max(numbers, default=0) + 1)
    return f"branches/{branch}/pipeline{number}"


def _is_same(old: dict[str, str], new: dict[str, str]) -> bool:
    if old.get("training"):
        return old["training"] == new["training"]
    return old.get("folder") == new["folder"]


def _summary(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_run(run: Run, folder: Path, where: str, identity: dict[str, str]) -> None:
    numbers = figures(run)
    about = {
        "path": where,
        "title": where.removeprefix("branches/").replace("/pipeline", " #") if "branches" in where else where[5:],
        "kind": where.split("/")[0],
        "model": str(run.metadata.get("name") or run.folder.name),
        "published": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "revision": str(run.metadata.get("git_revision") or "")[:12],
        "identity": identity,
        "figures": [{**attrs.asdict(x), "text": x.text} for x in numbers],
        "missing": len(run.missing()),
    }
    pages = Pages(folder, where, about)
    about["plots"] = pages.plots(run)
    about["config"] = run.config
    pages.model(run)
    pages.studies(run)
    pages.firmware(run)
    pages.overview(run, numbers)
    text = json.dumps(about, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    # as a script too: pages that are opened as files may load scripts but no data
    code = text.replace("</", "<\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    (folder / "run.js").write_text(f"(window.pytaggerRuns ??= {{}})[{json.dumps(where)}] = {code};\n", encoding="utf-8")


def _write_all(site: Path) -> int:
    found = [_summary(path.parent) for path in [*site.glob(f"branches/*/*/{SUMMARY}"), *site.glob(f"tags/*/{SUMMARY}")]]
    runs = sorted((x for x in found if x), key=lambda x: (x["published"], x["path"]), reverse=True)
    Pages(site, "", {}).whole_site(runs)
    return len(runs)


@contextlib.contextmanager
def _locked(site: Path) -> Iterator[None]:
    """Only one at a time writes to a site."""
    marker = site / ".pytagger-website"
    if site.exists() and not marker.exists() and (not site.is_dir() or any(os.scandir(site))):
        raise Configuration(f"{site} is there and holds something else than a website of pytagger: choose another.")
    site.mkdir(parents=True, exist_ok=True)
    with marker.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for rest in [*site.glob("branches/*/.*.partial"), *site.glob("tags/.*.partial")]:
            shutil.rmtree(rest, ignore_errors=True)  # of a run that was killed
        yield
