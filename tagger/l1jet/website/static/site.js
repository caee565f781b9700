// Search in lists of plots and runs, choice of two runs, keys. Pages work without it.
(() => {
  const search = document.getElementById("search");
  const words = () => search.value.toLowerCase().split(/\s+/).filter(Boolean);

  function filter() {
    const wanted = words(), items = [...document.querySelectorAll("[data-text]")];
    let shown = 0;
    for (const item of items) {
      item.hidden = !wanted.every((word) => item.dataset.text.includes(word));
      shown += !item.hidden;
    }
    for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("[data-text]:not([hidden])");
    const nothing = document.getElementById("nothing");
    if (nothing) nothing.hidden = shown > 0;
    const what = (document.querySelector(".run-list") ? "run" : "plot") + (items.length === 1 ? "" : "s");
    document.getElementById("count").value = wanted.length ? `${shown} of ${items.length} ${what}` : `${items.length} ${what}`;
  }

  if (search) {
    search.form.addEventListener("submit", (event) => event.preventDefault());
    search.addEventListener("input", filter);
    document.addEventListener("pytagger:filled", filter);
    filter();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea, .scroll, pre")) return;
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); }
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = rel && document.querySelector(`.pager a[rel=${rel}]`);
    if (link) location.href = link.href;
  });

  const choose = document.getElementById("choose");
  if (choose && choose.querySelectorAll("input[name=run]").length > 1) {
    const bar = document.getElementById("compare-bar"), button = bar.querySelector("button"), hint = document.getElementById("compare-hint");
    const chosen = () => [...choose.querySelectorAll("input[name=run]:checked")].map((box) => box.value);
    const show = () => {
      const n = chosen().length;
      bar.hidden = n === 0;
      button.disabled = n !== 2;
      hint.textContent = n === 1 ? "Choose one more." : n > 2 ? "Choose only two." : "";
    };
    choose.addEventListener("change", show);
    choose.addEventListener("submit", (event) => {
      event.preventDefault();
      const [b, a] = chosen();  // the list has the newest first
      location.href = `compare.html#a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`;
    });
    show();
  } else if (choose) {
    for (const label of choose.querySelectorAll(".run-links label")) label.hidden = true;
  }
})();
