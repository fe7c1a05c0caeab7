// The bar of time: , and . go to the moment before and to the next one; a press on a mark does what its line in the list does. Without this the
// bar is links.

const KEYS = "kubehop-keys";

function off() {
  try {
    return localStorage.getItem(KEYS) === "off";
  } catch {
    return false;
  }
}

function key(event) {
  const way = { ",": "previous", "<": "previous", ".": "next", ">": "next" }[event.key];
  if (!way || event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey || off()) return;
  if (document.querySelector("dialog[open]") || event.target.matches?.("select, textarea, input:not([type=range]), [contenteditable]")) return;
  const link = document.querySelector(`[data-time-step="${way}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
}

// Marks of the picture are plain links; where the list has the same moment its link swaps the page as all of them do.
function press(event) {
  const mark = event.target.closest?.("[data-mark]");
  const open = document.querySelector(".timebar .moments[open]");
  if (open && !open.contains(event.target)) open.open = false;
  if (!mark || event.defaultPrevented || event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = document.querySelector(`.timebar [data-moment="${CSS.escape(mark.dataset.mark)}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
}

function close(event) {
  if (event.key !== "Escape") return;
  const open = document.querySelector(".timebar .moments[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
}

// Along a strip arrows go from cell to cell; of all its cells only those are stops of the tabulator where it turns.
function walk(event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const cell = event.target.closest?.("[data-strip] [data-cell]");
  if (!by || !cell || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const all = [...cell.closest("[data-strip]").querySelectorAll("[data-cell]")];
  event.preventDefault();
  all[all.indexOf(cell) + by]?.focus();
}

document.addEventListener("keydown", key);
document.addEventListener("keydown", walk);
document.addEventListener("keydown", close);
document.addEventListener("click", press);
