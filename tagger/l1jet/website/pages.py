"""Fills the templates, and puts the files beside the pages that they show."""

from __future__ import annotations

import itertools
import shutil
import zipfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import tables
from .content import Plot, Run, title

if TYPE_CHECKING:
    import jinja2

    from .figures import Figure

HERE = Path(__file__).parent
THUMB_WIDTH = 480
MODEL_FILES = ("model.keras", "config.yaml", "metadata.json", "history.json")
#: Folders of the firmware that can be downloaded; others hold what compilers made of them.
PROJECTS = ("emulator", "hls4ml", "verilog")
#: Plots of the overview.
FIRST = ("summary/auc", "roc/main", "firmware/synthesis", "training/losses", "losses/losses", "confusion/confusion")
LONGEST_TEXT = 60_000  # characters of a report that a page shows


class Pages:
    """Pages of one run, or of the whole site.

    Parameters
    ----------
    folder : Path
        Where to write.
    where : str
        Path of the run within the site; empty for the site.
    about : dict
        What all pages of the run tell.
    """

    def __init__(self, folder: Path, where: str, about: dict[str, Any]) -> None:
        self.folder, self.where, self.about = folder, where, about

    @cached_property
    def _templates(self) -> jinja2.Environment:
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        environment.filters.update(cell=tables.cell, url=quote, words=title)
        environment.tests["number"] = tables.is_number
        return environment

    def _write(self, name: str, template: str, **given: Any) -> None:
        depth = name.count("/") + (self.where.count("/") + 1 if self.where else 0)
        up = {"root": "../" * depth, "top": "../" * name.count("/")}
        text = self._templates.get_template(template).render(run=self.about, page=name, **up, **given)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def whole_site(self, runs: list[dict[str, Any]]) -> None:
        """The list of runs, the comparison, and what all pages share."""
        for asset in (HERE / "static").iterdir():
            if asset.suffix in (".css", ".js", ".svg"):
                target = self.folder / "assets" / asset.name
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(asset, target)
        self._write("index.html", "site.html", runs=runs)
        self._write("compare.html", "compare.html", runs=runs)

    def overview(self, run: Run, figures: list[Figure]) -> None:
        """The run's first page."""
        first = [x for name in FIRST for x in run.plots if f"{x.group}/{x.name}" == name]
        chosen = (first or run.plots)[:3]
        self._write(
            "index.html", "run.html", figures=figures, missing=run.missing(), steps=run.steps,
            chosen=[self._card(x) for x in chosen], counts={"plots": len(run.plots)}, content=run,
        )  # fmt: skip

    def plots(self, run: Run) -> list[dict[str, Any]]:
        """The gallery and a page for each plot; returns what the comparison needs to know of them."""
        ordered = sorted(run.plots, key=lambda x: (_rank(x.group), x.group, x.name))
        for plot in ordered:
            self._copy(plot)
        for before, plot, after in zip([None, *ordered], ordered, [*ordered[1:], None], strict=False):
            self._write(
                self._page(plot), "plot.html", plot=plot, card=self._card(plot), blocks=tables.blocks(plot.numbers),
                before=before and self._card(before), after=after and self._card(after),
            )  # fmt: skip
        groups = [
            (group, [self._card(x) for x in members])
            for group, members in itertools.groupby(ordered, key=lambda x: x.group)
        ]
        self._write("plots/index.html", "gallery.html", groups=groups, total=len(ordered))
        return [self._card(x) for x in ordered]

    def model(self, run: Run) -> None:
        """What was trained, how, and the files."""
        target = self.folder / "model"
        target.mkdir(parents=True, exist_ok=True)
        files = [name for name in MODEL_FILES if (run.folder / name).is_file()]
        for name in files:
            shutil.copyfile(run.folder / name, target / name)
        exported = sorted(p.parent for p in run.folder.glob("*/model.json"))
        for path in exported:
            files.append(f"{path.name}.zip")
            _zip(path, target / files[-1])
        self._write(
            "model/index.html", "model.html", content=run, blocks=tables.blocks(run.metadata),
            history=tables.blocks(run.history, "History of the training"), files=_sizes(target, files),
        )  # fmt: skip

    def studies(self, run: Run) -> None:
        """Working points, rates and efficiencies of the trigger studies."""
        for name in run.studies:
            (self.folder / "studies" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(run.folder / "studies" / name, self.folder / "studies" / name)
        names = {name.split("/")[0] for name in run.studies}
        names |= {x.group.split("/")[1] for x in run.plots if x.group.startswith("studies/")}
        found = [
            (
                study,
                [self._card(x) for x in run.plots if x.group == f"studies/{study}"],
                [(n, tables.blocks(content)) for n, content in run.studies.items() if n.split("/")[0] == study],
            )
            for study in sorted(names)
        ]
        self._write("studies/index.html", "studies.html", studies=found)

    def firmware(self, run: Run) -> None:
        """Reports and sources of the firmware."""
        source, target, files = run.folder / "firmware", self.folder / "firmware", []
        target.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            for name in [*run.reports, *run.texts]:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, target / name)
                files.append(name)
            for path in sorted(p for p in source.iterdir() if p.is_dir() and p.name in PROJECTS):
                files.append(f"{path.name}.zip")
                _zip(path, target / files[-1])
        texts = [(n, p.read_text("utf-8", "replace")[:LONGEST_TEXT]) for n, p in run.texts.items()]
        self._write(
            "firmware/index.html", "firmware.html", content=run, texts=texts, files=_sizes(target, files),
            reports=[(name, tables.blocks(content)) for name, content in run.reports.items()],
            cards=[self._card(x) for x in run.plots if x.group.split("/")[0] == "firmware"],
        )  # fmt: skip

    def _page(self, plot: Plot) -> str:
        return f"{self._base(plot)}.html"

    def _base(self, plot: Plot) -> str:
        """Plot's files within the run, without suffix."""
        return f"plots/{plot.group}/{plot.name}" if plot.group else f"plots/{plot.name}"

    def _card(self, plot: Plot) -> dict[str, Any]:
        base = self._base(plot)
        files = {suffix[1:]: base + suffix for suffix in plot.files}
        thumb = base + ".thumb.webp"
        size = self._thumb_sizes.get(thumb)
        return {
            "group": plot.group, "name": plot.name, "title": plot.title, "alt": plot.description,
            "page": base + ".html", "thumb": thumb if size else "", "size": size, **files,
        }  # fmt: skip

    @cached_property
    def _thumb_sizes(self) -> dict[str, tuple[int, int]]:
        return {}

    def _copy(self, plot: Plot) -> None:
        base = self._base(plot)
        (self.folder / base).parent.mkdir(parents=True, exist_ok=True)
        for suffix, path in plot.files.items():
            shutil.copyfile(path, self.folder / (base + suffix))
        if ".png" in plot.files and (size := _thumb(plot.files[".png"], self.folder / (base + ".thumb.webp"))):
            self._thumb_sizes[base + ".thumb.webp"] = size


def _thumb(source: Path, target: Path) -> tuple[int, int] | None:
    """Write a small picture; nothing if the large one is damaged."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(source) as image:
            small = image.convert("RGB")
            small.thumbnail((THUMB_WIDTH, 4 * THUMB_WIDTH))
            small.save(target, "WEBP", quality=82, method=2)
            return small.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):  # all of which Pillow raises for damage
        target.unlink(missing_ok=True)
        return None


def _rank(group: str) -> int:
    """Summaries first, then the model's plots, studies and firmware."""
    first = ("summary", "roc", "taus", "signals", "losses")
    top = group.split("/")[0]
    if top in ("studies", "firmware"):
        return 200 + (top == "firmware")
    return next((k for k, word in enumerate(first) if word in group), 100)


def _zip(folder: Path, target: Path) -> None:
    """All files of a folder; the same ones give the same archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder)}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, (path.stat().st_mode & 0o777) << 16
            archive.writestr(entry, path.read_bytes())


def _sizes(folder: Path, names: list[str]) -> list[tuple[str, str]]:
    """Files with how large they are."""
    found = []
    for name in names:
        size = float((folder / name).stat().st_size)
        for unit in ("bytes", "kB", "MB", "GB"):
            if size < 1000 or unit == "GB":
                break
            size /= 1000
        found.append((name, f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"))
    return found
