// Files and folders dropped anywhere on the page go into the form, and of a folder only what is read is sent. Without
// JavaScript the inputs themselves do it, and the server leaves out the rest.

const form = document.querySelector("form[data-upload]");
const input = form?.querySelector("#files");
const folder = form?.querySelector("#folder");
const hint = form?.querySelector("[data-drop-hint]");

// As on the command line: other tools' folders are not searched.
const skipped = new Set(["node_modules", "bower_components", "vendor", "target", "venv", "__pycache__", "__MACOSX"]);
const others = /\.(png|jpe?g|gif|svg|ico|pdf|exe|so|bin|jar|class|mp4|woff2)$/i;
const manifest = /(\.(ya?ml|json)|(^|\/)Kustomization)$/i;
const small = 64 * 1024;
const most = 2000;

// Characters of a link at most, as the server has it.
const room = 32 * 1024;

// What was dropped as a folder: {file, path}.
let dropped = [];

function isRead({ file, path }) {
  const folders = path.split("/").slice(0, -1);
  // The folder that was chosen is meant, whatever it is called.
  if (folders.slice(1).some((name) => name.startsWith(".") || skipped.has(name))) return false;
  return manifest.test(path) || (file.size <= small && !others.test(path));
}

function holdsFiles(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

function over(on) {
  document.documentElement.classList.toggle("dropping", on);
}

// All files below an entry of a drop, at most so many.
async function below(entry, path, found) {
  if (found.length >= most) return;
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    if (isRead({ file, path })) found.push({ file, path });
    return;
  }
  if (path.includes("/") && (entry.name.startsWith(".") || skipped.has(entry.name))) return;
  const reader = entry.createReader();
  for (;;) {
    const entries = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (entries.length === 0) return;
    for (const inner of entries) await below(inner, `${path}/${inner.name}`, found);
  }
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
  document.addEventListener("drop", async (event) => {
    over(false);
    if (!holdsFiles(event)) return;
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    dropped = [];
    if (entries.some((entry) => entry.isDirectory)) {
      const found = [];
      for (const entry of entries) await below(entry, entry.name, found);
      dropped = found;
      if (hint) hint.textContent = `${entries.map((entry) => entry.name).join(", ")}: ${found.length}`;
    } else {
      input.files = event.dataTransfer.files;
    }
    input.focus();
  });
  // Paths of folders are names of files, so that kustomizations find what they name.
  form.addEventListener("formdata", ({ formData }) => {
    const chosen = [...(folder?.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
    const all = [...chosen.filter(isRead), ...dropped];
    if (all.length === 0 && chosen.length === 0) return;
    all.sort((a, b) => manifest.test(b.path) - manifest.test(a.path));
    formData.delete("files");
    for (const file of input.files) formData.append("files", file, file.name);
    for (const { file, path } of all.slice(0, most)) formData.append("files", file, path);
  });
}

// Viewing without storing: the files go into a link, which is opened. Nothing is sent but by the page that it opens.
async function pack(files, comments) {
  const text = JSON.stringify(comments ? { files, comments } : { files });
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  // No link has room for that; a call takes so many arguments.
  if (bytes.length > room) return null;
  const packed = btoa(String.fromCharCode(...bytes));
  return `v1.${packed.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

const only = form?.querySelector("[data-view-only]");
if (only && "CompressionStream" in window) {
  only.closest("[data-view-row]").hidden = false;
  const said = form.querySelector("[data-view-said]");
  only.addEventListener("click", async (event) => {
    event.preventDefault();
    said.textContent = "";
    const data = new FormData(form);
    const chosen = data.getAll("files").filter((file) => file.size > 0);
    const files = [];
    if (chosen.reduce((sum, file) => sum + file.size, 0) > 32 * room) {
      said.textContent = only.dataset.wordLarge;
      return;
    }
    for (const file of chosen) files.push({ name: file.name, text: await file.text() });
    const pasted = String(data.get("manifest") ?? "");
    if (pasted.trim() !== "") files.push({ name: "pasted.yaml", text: pasted });
    const link = files.length > 0 && (await pack(files, data.has("comments")));
    if (!link || link.length > room) said.textContent = link === false ? only.dataset.wordEmpty : only.dataset.wordLarge;
    else location.assign(`/view#${link}`);
  });
}
