// Along a strip arrows go from cell to cell; of all its cells only those are stops of the tabulator where it turns.
function walk(event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const cell = event.target.closest?.("[data-strip] [data-cell]");
  if (!by || !cell || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const all = [...cell.closest("[data-strip]").querySelectorAll("[data-cell]")];
  event.preventDefault();
  all[all.indexOf(cell) + by]?.focus();
}

document.addEventListener("keydown", walk);
