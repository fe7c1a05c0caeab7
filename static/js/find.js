// `/` goes to the search of the map, from wherever nothing is written; Escape leaves it. Whoever turned single keys off on a trace
// (WCAG 2.1.4) has none here.

function off() {
  try {
    return localStorage.getItem("kubehop-keys") === "off";
  } catch {
    return false;
  }
}

document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-find]");
  if (!field || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target === field) return field.blur();
  if (event.key !== "/" || off() || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  field.focus();
  field.select();
});
