// Light or dark: as the system has it, until the reader chooses. Runs before the page is drawn.
(() => {
  const key = "pytagger-theme";
  const stored = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const apply = (theme) => { if (theme) document.documentElement.dataset.theme = theme; };
  apply(stored());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    const show = () => button.setAttribute("aria-pressed", dark());
    button.hidden = false;
    button.addEventListener("click", () => {
      const theme = dark() ? "light" : "dark";
      apply(theme);
      try { localStorage.setItem(key, theme); } catch { /* not kept, then */ }
      show();
    });
    show();
  });
})();
