// Files dropped anywhere on the page go into the form's file input. Without JavaScript the input itself does it.

const form = document.querySelector("form[data-upload]");
const input = form?.querySelector('input[type="file"]');
const hint = form?.querySelector("[data-drop-hint]");

function holdsFiles(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

function over(on) {
  document.documentElement.classList.toggle("dropping", on);
}

if (form && input) {
  if (hint) hint.hidden = false;
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(false);
  });
  document.addEventListener("drop", (event) => {
    over(false);
    if (!holdsFiles(event)) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.focus();
  });
}
