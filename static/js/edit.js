// The field opens at the line that the page is about.
const field = document.querySelector("[data-open] textarea");
const line = Number(field?.dataset.line ?? 0);
if (line > 1 && !document.querySelector("[data-refusal], [data-unchanged]") && !location.hash) {
  const frame = field.closest(".editor");
  const height = Number.parseFloat(getComputedStyle(field).lineHeight);
  if (frame && height > 0) frame.scrollTop = Math.max(0, (line - 6) * height);
}
