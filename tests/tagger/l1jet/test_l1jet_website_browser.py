"""The pages in headless Chromium, opened as files: what works by JavaScript, and how they fit screens."""

from __future__ import annotations

import headless_browser
import pytest
from example_run import write_run

from pyrun.tagger.l1jet.website import publish

pytestmark = pytest.mark.skipif(not headless_browser.executable(), reason="there is no Chromium")


@pytest.fixture(scope="module")
def browser():
    with headless_browser.Browser() as made:
        yield made


@pytest.fixture(autouse=True)
def no_errors(browser):
    browser.messages.clear()
    yield
    assert browser.messages == []


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    publish(write_run(folder / "one"), folder / "site", branch="main")
    publish(write_run(folder / "two", seed=2), folder / "site", branch="main")
    return folder / "site"


@pytest.fixture(scope="module")
def run(site):
    return site / "branches" / "main" / "pipeline2"


def test_pages_fit_the_screens_of_phones_and_desks(browser, site, run):
    pages = ["", "plots/", "model/", "studies/", "firmware/"]
    for path in [site / "index.html", site / "compare.html", *(run / f"{name}index.html" for name in pages)]:
        for width in (390, 1400):
            browser.open(path, width=width)
            assert browser.run("document.documentElement.scrollWidth") <= width, (path, width)
            loaded = "x => x.loading === 'lazy' || (x.complete && x.naturalWidth > 0)"
            assert browser.run(f"[...document.images].every({loaded})"), (path, width)


def test_search_shows_plots_that_have_all_words(browser, run):
    browser.open(run / "plots" / "index.html")
    shown = "[...document.querySelectorAll('.card')].filter(x => x.offsetParent).map(x => x.dataset.text)"
    assert len(browser.run(shown)) == 7
    browser.press("/")
    for letter in "roc":
        browser.press(letter)
    assert [x.split()[:2] for x in browser.run(shown)] == [["roc", "main"], ["roc", "pairwise_taup"]]
    assert browser.run("document.getElementById('count').value") == "2 of 7 plots"
    assert browser.run("[...document.querySelectorAll('.group')].filter(x => x.offsetParent).length") == 1
    type_in(browser, "roc nothing")
    assert browser.run(shown) == [] and not browser.run("document.getElementById('nothing').hidden")
    type_in(browser, "")
    assert len(browser.run(shown)) == 7


def test_keys_lead_from_plot_to_plot(browser, run):
    browser.open(run / "plots" / "roc" / "main.html")
    after = browser.run("document.querySelector('[rel=next]').href")
    leave(browser, "ArrowRight")
    assert browser.run("location.href") == after
    leave(browser, "ArrowLeft")
    assert browser.run("location.pathname").endswith("roc/main.html")


def test_the_first_key_leads_to_the_content(browser, run):
    browser.open(run / "index.html")
    browser.press("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    assert browser.run("document.activeElement.getBoundingClientRect().left >= 0")
    browser.press("Enter")
    assert browser.run("document.activeElement.id") == "content"


def test_two_runs_are_compared_side_by_side(browser, site):
    browser.open(site / "index.html")
    browser.run("document.querySelectorAll('input[name=run]').forEach(x => x.click())")
    assert browser.run("document.querySelector('#compare-bar button').disabled") is False
    browser.run("document.querySelector('#compare-bar button').click()")
    wait_for(browser, "document.getElementById('result')?.hidden === false")
    rows = browser.run("[...document.querySelectorAll('#figure-table tbody tr')].map(x => x.innerText.split('\\t'))")
    assert [x.strip() for x in rows[0]] == ["AUC b vs light", "0.9120 ± 0.0040", "0.9130 ± 0.0040", "+0.0010 better"]
    changed = browser.run("[...document.querySelectorAll('#config-table td')].map(x => x.textContent.trim())")
    assert changed == ["seed: 1", "seed: 2"]
    assert browser.run("document.querySelectorAll('.pair-of-plots').length") == 7
    assert browser.run("document.querySelectorAll('.pair-of-plots img').length") == 14
    type_in(browser, "response")
    assert browser.run("[...document.querySelectorAll('.pair-of-plots')].filter(x => x.offsetParent).length") == 1
    browser.run("document.getElementById('swap').click()")
    wait_for(browser, "document.querySelector('#figure-table td.bad')?.textContent.includes('−0.0010')")


def test_a_comparison_has_an_address(browser, site):
    browser.open(site / "compare.html", "#a=branches%2Fmain%2Fpipeline2&b=branches%2Fmain%2Fpipeline1")
    wait_for(browser, "document.getElementById('result')?.hidden === false")
    assert browser.run("[a.value, b.value]") == ["branches/main/pipeline2", "branches/main/pipeline1"]


def test_colours_follow_the_system_until_they_are_chosen(browser, run):
    paper = "getComputedStyle(document.body).backgroundColor"
    browser.open(run / "index.html", dark=True)
    dark = browser.run(paper)
    browser.open(run / "index.html")
    light = browser.run(paper)
    assert dark != light
    browser.run("document.getElementById('theme').click()")
    assert browser.run(paper) == dark
    browser.open(run / "plots" / "index.html")
    assert browser.run(paper) == dark
    assert browser.run("document.getElementById('theme').getAttribute('aria-pressed')") == "true"
    browser.run("document.getElementById('theme').click()")


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_told_from_its_background(browser, run, dark):
    code = """(() => {
      const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
      const rgb = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data; };
      const light = (c) => { const l = [...c].slice(0, 3).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * l[0] + .7152 * l[1] + .0722 * l[2]; };
      const behind = (x) => { for (; x; x = x.parentElement) { const c = rgb(getComputedStyle(x).backgroundColor); if (c[3] == 255) return c; } };
      const low = [];
      for (const x of document.querySelectorAll('body *')) {
        if (!x.offsetParent || ![...x.childNodes].some((n) => n.nodeType == 3 && n.textContent.trim())) continue;
        const [a, b] = [light(rgb(getComputedStyle(x).color)), light(behind(x) ?? rgb('white'))];
        const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (contrast < 4.5) low.push(`${x.tagName}.${x.className} ${contrast.toFixed(2)} ${x.textContent.trim().slice(0, 20)}`);
      }
      return low;
    })()"""  # noqa: E501  the formula of WCAG 2, whose limit is 4.5
    for name in ("index.html", "plots/index.html", "studies/index.html", "firmware/index.html"):
        browser.open(run / name, dark=dark)
        assert browser.run(code) == []


def type_in(browser, text):
    browser.run(f"search.value = '{text}'; search.dispatchEvent(new Event('input'))")


def leave(browser, key):
    """Press a key that loads another page, and wait for it."""
    before = browser.run("location.href")
    browser.press(key)
    wait_for(browser, f"location.href !== '{before}' && document.readyState === 'complete'")


def wait_for(browser, condition):
    for _ in range(600):
        try:
            if browser.run(condition):
                return
        except RuntimeError as error:  # the page is being replaced
            assert "context" in str(error).lower() or "navigated" in str(error), error
        browser.pause(0.05)
    raise AssertionError(f"never: {condition}")
