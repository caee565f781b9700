// Two runs side by side. A run's data is a script (run.js): a page that is opened as a file may load those.
(() => {
  const [a, b] = ["a", "b"].map((side) => document.getElementById(side));
  const status = document.getElementById("status"), result = document.getElementById("result");

  // An element with properties and children; strings become text, so that nothing in the data is taken for HTML.
  function make(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children.filter((child) => child != null));
    return element;
  }

  const load = (path) => new Promise((resolve, reject) => {
    if (window.pytaggerRuns?.[path]) return resolve(window.pytaggerRuns[path]);
    const script = make("script", { src: address(path, "run.js") });
    script.onload = () => (window.pytaggerRuns?.[path] ? resolve(window.pytaggerRuns[path]) : reject(new Error(path)));
    script.onerror = () => reject(new Error(path));
    document.head.append(script);
  });

  const address = (...parts) => parts.join("/").split("/").map(encodeURIComponent).join("/");
  const link = (run) => make("a", { href: address(run.path, "index.html") }, run.title);

  function head(left, right, ...more) {
    return make("thead", {}, make("tr", {}, make("td"), ...[link(left), link(right), ...more].map((x) => make("th", { scope: "col", className: "n" }, x))));
  }

  function figures(left, right) {
    const keys = [...new Set([...left.figures, ...right.figures].map((f) => f.key))];
    const rows = keys.map((key) => {
      const [x, y] = [left, right].map((run) => run.figures.find((f) => f.key === key));
      const cells = [x, y].map((f) => make("td", { className: "n" }, f ? f.text : "–"));
      return make("tr", {}, make("th", { scope: "row" }, (x ?? y).label), ...cells, x && y ? difference(x, y) : make("td", { className: "n" }, "–"));
    });
    document.getElementById("figure-table").replaceChildren(head(left, right, "right − left"), make("tbody", {}, ...rows));
  }

  function difference(x, y) {
    const value = y.value - x.value, digits = Number.isInteger(x.value) && Number.isInteger(y.value) ? 0 : 4;
    const good = value === 0 || !x.better ? "" : (value > 0) === (x.better === "more") ? "good" : "bad";
    const text = value === 0 ? "same" : `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(digits)}`;
    const words = { good: " better", bad: " worse" }[good] ?? "";
    return make("td", { className: `n ${good}` }, text, make("small", {}, words));
  }

  function configs(left, right) {
    const [x, y] = [left, right].map((run) => run.config.split("\n").map((line) => line.trimEnd()));
    const rows = lines(x, y).map(([l, r]) => make("tr", {}, make("td", { className: l === null ? "none" : "bad" }, l ?? ""), make("td", { className: r === null ? "none" : "good" }, r ?? "")));
    const table = make("table", { className: "code" }, make("thead", {}, make("tr", {}, ...[left, right].map((run) => make("th", { scope: "col" }, link(run))))), make("tbody", {}, ...rows));
    const same = make("p", {}, left.config ? "The same." : "Neither has one.");
    document.getElementById("config-table").replaceChildren(rows.length ? make("div", { className: "scroll", tabIndex: 0 }, table) : same);
  }

  // The lines that differ, those that took each other's place beside each other (longest common subsequence).
  function lines(x, y) {
    const best = Array.from({ length: x.length + 1 }, () => new Uint32Array(y.length + 1));
    for (let i = x.length - 1; i >= 0; i--) {
      for (let j = y.length - 1; j >= 0; j--) best[i][j] = x[i] === y[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    }
    const found = [];
    let i = 0, j = 0, removed = [], added = [];
    const flush = () => {
      for (let k = 0; k < Math.max(removed.length, added.length); k++) found.push([removed[k] ?? null, added[k] ?? null]);
      removed = []; added = [];
    };
    while (i < x.length || j < y.length) {
      if (i < x.length && j < y.length && x[i] === y[j]) { flush(); i++; j++; }
      else if (j >= y.length || (i < x.length && best[i + 1][j] >= best[i][j + 1])) removed.push(x[i++]);
      else added.push(y[j++]);
    }
    flush();
    return found;
  }

  function plots(left, right) {
    const key = (plot) => `${plot.group}/${plot.name}`;
    const both = new Map();
    for (const [side, run] of [left, right].entries()) for (const plot of run.plots) {
      if (!both.has(key(plot))) both.set(key(plot), [null, null]);
      both.get(key(plot))[side] = plot;
    }
    const pairs = [...both].map(([name, pair]) => {
      const known = pair[0] ?? pair[1];
      const section = make("section", { className: "pair-of-plots" }, make("h3", {}, make("span", { className: "quiet" }, `${known.group} `), known.title),
        make("div", { className: "sides" }, ...pair.map((plot, side) => picture(plot, [left, right][side]))));
      section.dataset.text = `${name} ${known.title}`.toLowerCase();
      return section;
    });
    document.getElementById("plot-pairs").replaceChildren(...pairs);
    document.dispatchEvent(new Event("pytagger:filled"));
  }

  function picture(plot, run) {
    if (!plot?.png) return make("p", { className: "no-picture" }, `Not in ${run.title}`);
    const image = make("img", { src: address(run.path, plot.thumb || plot.png), loading: "lazy", alt: `${plot.alt}, run ${run.title}` });
    if (plot.size) [image.width, image.height] = plot.size;
    return make("figure", {}, make("a", { href: address(run.path, plot.page) }, image), make("figcaption", {}, run.title));
  }

  async function show() {
    if (!a.value || !b.value) return;
    history.replaceState(null, "", `#a=${encodeURIComponent(a.value)}&b=${encodeURIComponent(b.value)}`);
    try {
      const [left, right] = await Promise.all([load(a.value), load(b.value)]);
      figures(left, right); configs(left, right); plots(left, right);
      result.hidden = false;
      status.hidden = a.value !== b.value;
      status.textContent = "Both sides are the same run: choose another.";
    } catch (error) {
      result.hidden = true;
      status.hidden = false;
      status.textContent = `The run ${error.message} can't be loaded.`;
    }
  }

  function start() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    for (const select of [a, b]) if ([...select.options].some((x) => x.value === wanted.get(select.name))) select.value = wanted.get(select.name);
    const other = (select) => [...select.options].find((x) => x.value !== b.value)?.value;
    if (!wanted.get("a") && a.value === b.value && other(a)) a.value = other(a);
    show();
  }
  document.getElementById("pair").addEventListener("change", show);
  document.getElementById("swap").addEventListener("click", () => { [a.value, b.value] = [b.value, a.value]; show(); });
  window.addEventListener("hashchange", start);
  start();
})();
