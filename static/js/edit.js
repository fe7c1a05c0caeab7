// The field opens at the line that the page is about, or where the mistake is.
const field = document.querySelector("[data-open] textarea");
const line = Number(field?.dataset.line ?? 0);
if (line > 1) {
  const frame = field.closest(".editor");
  const height = Number.parseFloat(getComputedStyle(field).lineHeight);
  if (frame && height > 0) frame.scrollTop = Math.max(0, (line - 6) * height);
}

// What was typed is not lost by leaving.
const form = field?.form;
let typed = false;
form?.addEventListener("input", () => (typed = true));
form?.addEventListener("submit", () => (typed = false));
addEventListener("beforeunload", (event) => typed && event.preventDefault());
