"""Pages of the tagger's runs: what is written, and what of it depends on what is there."""

from __future__ import annotations

import html.parser
import json
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from example_run import write_plot, write_run

from pyrun.framework.errors import Configuration, FileWriteError
from pyrun.tagger.l1jet.cli import pytagger
from pyrun.tagger.l1jet.website import publish, rebuild, tables


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "output" / "baseline")


@pytest.fixture
def site(tmp_path):
    return tmp_path / "website"


class Page(html.parser.HTMLParser):
    """What a page refers to, its pictures, its headings and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links, self.pictures, self.headings, self.ids, self.text = [], [], [], set(), ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.links += [given[x] for x in ("href", "src") if given.get(x)]
        self.ids.add(given.get("id"))
        if tag == "img":
            self.pictures.append(given)
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)

    def handle_data(self, data):
        self.text += data


def all_pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_each_link_of_each_page_leads_to_a_file_of_the_site(run, site):
    publish(run, site, branch="main")
    publish(run, site, tag="v1")
    pages = all_pages(site)
    assert len(pages) == 2 + 2 * (1 + 1 + 7 + 1 + 1 + 1)
    for path, page in pages.items():
        for link in page.links:
            assert "//" not in link, f"{path}: {link}"  # nothing from elsewhere
            name, _, fragment = link.partition("#")
            target = path.parent / unquote(name) if name else path
            assert target.resolve().is_relative_to(site.resolve()) and target.is_file(), f"{path}: {link}"
            if fragment and "=" not in fragment:
                assert fragment in Page(target).ids, f"{path}: {link}"


def test_each_page_has_one_title_and_each_picture_a_text(run, site):
    publish(run, site, branch="main")
    for path, page in all_pages(site).items():
        assert page.headings.count("h1") == 1 and page.headings[0] in ("h1", "h2"), path
        assert all(
            "alt" in picture and (picture["alt"] or "icon.svg" in picture["src"]) for picture in page.pictures
        ), path


def test_a_plot_has_picture_numbers_and_downloads(run, site):
    home = publish(run, site, branch="main").parent
    page = Page(home / "plots" / "roc" / "main.html")
    assert "signal_efficiency" in page.text and "0.001" in page.text
    assert any(p["src"].endswith("roc/main.png") and "AUC of b vs light 0.912" in p["alt"] for p in page.pictures)
    for kind in ("png", "pdf", "json"):
        copied = home / "plots" / "roc" / f"main.{kind}"
        assert copied.read_bytes() == (run / "plots" / "roc" / f"main.{kind}").read_bytes()
    assert (home / "plots" / "roc" / "main.thumb.webp").stat().st_size < 5000


def test_figures_tell_whether_they_reach_what_is_asked(run, site):
    text = publish(run, site, branch="main").read_text()
    assert "AUC b vs light" in text and "0.9120 ± 0.0040" in text and "reaches 0.90" in text
    assert "0.880 ± 0.013" in text and "asked for 0.90" in text
    assert "197\u2009432" in text and "75\u2009600" in text and "32.5 ns" in text
    assert "1\u2009728\u2009000" not in text and "Differing bits after softmax: hls4ml" in text


def test_model_and_firmware_can_be_downloaded(run, site):
    home = publish(run, site, branch="main").parent
    assert (home / "model" / "model.keras").read_bytes() == b"PK not really"
    assert "197\u2009432" in (home / "model" / "index.html").read_text()
    assert "Number of cells" in (home / "firmware" / "index.html").read_text()
    first = (home / "firmware" / "verilog.zip").read_bytes()
    again = publish(run, site, branch="main").parent
    assert again == home and (home / "firmware" / "verilog.zip").read_bytes() == first
    shutil.unpack_archive(home / "firmware" / "verilog.zip", home / "unpacked")
    assert (home / "unpacked" / "verilog" / "top.v").read_text().startswith("module")


def test_studies_have_plots_tables_and_efficiencies(run, site):
    page = publish(run, site, branch="main")
    assert "Efficiency bbbb at 14 kHz" in page.read_text() and "52.0 ± 2.0 %" in page.read_text()
    page = Page(page.parent / "studies" / "index.html")
    assert "Working points" in page.text and any(x["src"].endswith("rate.thumb.webp") for x in page.pictures)


def test_an_empty_run_has_pages_that_say_what_is_missing(tmp_path, site):
    (tmp_path / "nothing").mkdir()
    home = publish(tmp_path / "nothing", site, branch="main").parent
    text = (home / "index.html").read_text()
    for what in ("The trained model", "Plots of the model", "Trigger studies", "Firmware"):
        assert what in text
    assert "no plots" in (home / "plots" / "index.html").read_text()
    assert "no trained model" in (home / "model" / "index.html").read_text()
    assert "no trigger studies" in (home / "studies" / "index.html").read_text()
    assert "no firmware" in (home / "firmware" / "index.html").read_text()


def test_damaged_files_are_told_and_the_rest_is_shown(run, site):
    (run / "plots" / "roc" / "main.json").write_text('{"auc": ')
    (run / "plots" / "roc" / "pairwise_taup.png").write_bytes(b"no picture")
    (run / "plots" / "response" / "b_pt.png").unlink()
    (run / "history.json").write_bytes(b"\xff\xfe")
    home = publish(run, site, branch="main").parent
    text = (home / "index.html").read_text()
    assert "main.json" in text and "history.json" in text
    assert "can&#39;t be read" in (home / "plots" / "roc" / "pairwise_taup.html").read_text()
    assert "is not there" in (home / "plots" / "response" / "b_pt.html").read_text()


def test_a_tool_that_was_not_there_is_told(run, site):
    (run / "firmware" / "synthesis.json").write_text(json.dumps({"skipped": "Yosys is missing: apt install yosys"}))
    assert "apt install yosys" in publish(run, site, branch="main").read_text()


def test_failed_steps_of_the_pipeline_are_told(run, site):
    work = run.with_name(run.name + ".pipeline")
    (work / "records").mkdir(parents=True)
    record = {"status": "failed", "message": "Yosys is <missing>", "seconds": 1.25, "cpu_seconds": 1, "memory_mb": 80}
    (work / "records" / "firmware-synth.json").write_text(json.dumps(record))
    (work / "plan.json").write_text(json.dumps({"steps": {"firmware-synth": {"record": "elsewhere"}}}))
    text = publish(run, site, branch="main").read_text()
    assert "The step firmware-synth has failed" in text and "Yosys is &lt;missing&gt;" in text


def test_runs_accumulate_and_the_same_training_keeps_its_place(run, tmp_path, site):
    other = write_run(tmp_path / "output" / "larger", seed=2)
    assert publish(run, site, branch="main").parent == site / "branches/main/pipeline1"
    assert publish(other, site, branch="main").parent == site / "branches/main/pipeline2"
    assert publish(run, site, branch="main").parent == site / "branches/main/pipeline1"
    assert publish(run, site, branch="feature/taus").parent == site / "branches/feature-taus/pipeline1"
    assert publish(run, site, tag="v1.0").parent == site / "tags/v1.0"
    text = (site / "index.html").read_text()
    for title in ("main #1", "main #2", "feature-taus #1", "v1.0"):
        assert title in text


def test_a_run_that_gets_its_model_later_keeps_its_place(tmp_path, site):
    folder = tmp_path / "output" / "baseline"
    folder.mkdir(parents=True)
    first = publish(folder, site, branch="main")
    folder.rmdir()
    write_run(folder)
    assert publish(folder, site, branch="main") == first
    assert publish(folder, site, branch="main") == first


def test_a_deleted_run_leaves_the_lists(run, site):
    home = publish(run, site, branch="main").parent
    publish(run, site, tag="v1")
    shutil.rmtree(home)
    assert rebuild(site) == 1
    assert "main #1" not in (site / "index.html").read_text()


def test_old_plots_don_t_stay(run, site):
    home = publish(run, site, branch="main").parent
    for file in (run / "plots" / "response").iterdir():
        file.unlink()
    publish(run, site, branch="main")
    assert not (home / "plots" / "response").exists()


def test_nothing_in_a_run_is_taken_for_html(run, site):
    evil = '</script><img src=x onerror="alert(1)">'
    write_plot(run, "plots/roc/evil", {"title": evil, evil: evil})
    (run / "config.yaml").write_text(f"model: '{evil}'\n")
    home = publish(run, site, branch="main").parent
    for path in site.rglob("*.html"):
        assert "<img src=x" not in path.read_text(), path
    assert "</script>" not in (home / "run.js").read_text()


def test_names_with_spaces_and_hashes_have_working_links(run, site):
    write_plot(run, "plots/a b#c/50% ü", {"x": 1})
    home = publish(run, site, branch="main").parent
    links = Page(home / "plots" / "index.html").links
    assert "../plots/a%20b%23c/50%25%20%C3%BC.html" in links
    assert (home / "plots" / "a b#c" / "50% ü.html").is_file()


def test_a_folder_with_something_else_is_left_alone(run, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").touch()
    with pytest.raises(Configuration, match="something else"):
        publish(run, tmp_path / "home")
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["thesis.tex"]


def test_a_run_that_is_not_there_is_an_error_without_traceback(tmp_path):
    result = CliRunner().invoke(pytagger, ["website", str(tmp_path / "none"), "--site", str(tmp_path / "site")])
    assert isinstance(result.exception, Configuration) and "pytagger train" in result.exception.message
    assert not (tmp_path / "site").exists()


def test_a_site_that_can_t_be_written_is_an_error_and_the_old_pages_stay(run, site, monkeypatch):
    home = publish(run, site, branch="main").parent
    before = (home / "index.html").read_text()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(FileWriteError, match="No space left"):
        publish(run, site, branch="main")
    assert (home / "index.html").read_text() == before
    assert not list(site.glob("branches/main/.*"))


@pytest.mark.parametrize(
    ("content", "header", "rows"),
    [
        ({"a": 1, "b": "x"}, [], [["a", 1], ["b", "x"]]),
        ({"x": [1, 2], "y": [3, 4]}, ["x", "y"], [[1, 3], [2, 4]]),
        ([{"a": 1, "b": 2}, {"a": 3, "b": 4}], ["a", "b"], [[1, 2], [3, 4]]),
        ({"p": {"a": 1}, "q": {"a": 2}}, ["", "a"], [["p", 1], ["q", 2]]),
        ([[1, 2], [3]], ["", "0", "1"], [[0, 1, 2], [1, 3, None]]),
        ([5, 6], ["", "value"], [[0, 5], [1, 6]]),
        ({"x": [[1, 0, 2]], "y": [5]}, ["x", "y"], [[[1, 0, 2], 5]]),
        ([{"a": 1, "b": 2}], ["a", "b"], [[1, 2]]),
        (7, [], [["", 7]]),
    ],
)
def test_json_of_any_shape_becomes_a_table(content, header, rows):
    (block,) = tables.blocks(content)
    assert (block.header, block.rows) == (header, rows)


def test_tables_are_named_by_their_place_in_the_json_and_cut_when_long():
    found = tables.blocks({"n": 1, "curves": {"b": {"x": list(range(500)), "y": list(range(500))}}})
    assert [x.title for x in found] == ["", "curves › b"]
    assert (len(found[1].rows), found[1].left_out) == (200, 300)
    assert tables.blocks({}) == tables.blocks([]) == []


def test_figures_are_found_in_what_plot_basic_writes(tmp_path):
    from pyrun.tagger.l1jet.plots import summary
    from pyrun.tagger.l1jet.plots.discriminants import TABLE
    from pyrun.tagger.l1jet.website.content import read
    from pyrun.tagger.l1jet.website.figures import figures

    entry = {"auc": 0.9, "uncertainty": 0.01, "required": None, "signal_jets": 5, "background_jets": 5}
    numbers = {"jets": {"b": 10}, "auc": {d.name: entry | {"efficiency_at_mistag": {}} for d in TABLE}}
    summary.plot({"mine": numbers}, tmp_path / "plots")
    assert [x.key for x in figures(read(tmp_path))] == [f"auc_{d.name}" for d in TABLE]
