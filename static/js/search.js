// The dialog over the form that searches all sources and destinations; ends.js brings it when it is asked for. A list comes from the page
// of the same address, one link for each end: <a data-end="VALUE" data-connect="…">.

const scenario = () => location.pathname.match(/^\/s\/[^/]+/)?.[0];
const form = () => document.querySelector("form[data-probe]");
const field = (name) => form()?.querySelector(`[name="${name}"]`);
// The side that is chosen for, what was asked for last, and when to ask.
let [side, coming, later] = ["from", null, 0];

function dialog() {
  let box = document.getElementById("ends");
  if (box) return box;
  box = document.createElement("dialog");
  box.id = "ends";
  box.addEventListener("click", chosen);
  box.addEventListener("keydown", moved);
  box.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => input() && load(input().value), 120);
  });
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    box.querySelector("[data-end]")?.click();
  });
  document.body.append(box);
  return box;
}

const input = () => dialog().querySelector("input[type=search]");

// The question as the form has it now.
function path(q) {
  const query = new URLSearchParams({ side, q });
  for (const [name, value] of new FormData(form())) if (typeof value === "string" && value && !["to_text", "header"].includes(name)) query.set(name, value);
  return `/ends?${query}`;
}

async function fetched(address) {
  const box = document.createElement("div");
  if (!scenario()) {
    const here = new Promise((resolve) => document.addEventListener("htmx:after:swap", resolve, { once: true }));
    document.dispatchEvent(new CustomEvent("kubehop:piece", { detail: { path: address, box } }));
    await here;
    return box;
  }
  coming?.abort();
  coming = new AbortController();
  const answer = await fetch(`${scenario()}${address}`, { headers: { "HX-Request": "true" }, signal: coming.signal });
  if (!answer.ok) throw new Error(answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  box.append(...page.body.childNodes);
  return box;
}

// The first time all of it, then only what was found: whoever types stays in the field.
async function load(q) {
  const box = dialog();
  try {
    const came = await fetched(path(q));
    const list = box.querySelector("[data-ends-list]");
    if (list && box.querySelector("[data-ends]")?.dataset.ends === side) list.replaceWith(came.querySelector("[data-ends-list]"));
    else box.replaceChildren(...came.childNodes);
    return true;
  } catch (error) {
    if (error.name === "AbortError") return true;
    // What was answered with an error is a page of its own; what was not answered at all is said.
    if (error instanceof TypeError) document.dispatchEvent(new CustomEvent("htmx:error", { detail: { error } }));
    else location.assign(document.querySelector(`[data-ends-open="${side}"]`).href);
    return false;
  }
}

// `typed` says what was typed until the dialog was there.
export async function open(which, typed) {
  side = which;
  dialog().replaceChildren();
  if (!(await load(""))) return typed();
  dialog().setAttribute("aria-labelledby", "ends-heading");
  if (!dialog().open) dialog().showModal();
  input().value = typed();
  input().focus();
  if (input().value) load(input().value);
}

function choose(value, label, connect) {
  const select = field(side);
  if (![...select.options].some((one) => one.value === value)) select.prepend(new Option(label, value));
  select.value = value;
  if (side === "to") {
    field("to_text").value = "";
    for (const name of ["method", "header"]) if (!connect && field(name)) field(name).value = "";
    field("connect").value = connect ?? "";
    if (connect) field("connect").closest("details").open = true;
  }
  for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, { bubbles: true }));
  dialog().close();
  select.focus();
}

function chosen(event) {
  // A click beside it closes it.
  if (event.target === dialog() || event.target.closest("[data-ends-close]")) return dialog().close();
  const end = event.target.closest("[data-end]");
  const narrow = event.target.closest("[data-ends-narrow]");
  if ((!end && !narrow) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (end) return choose(end.dataset.end, end.firstChild.textContent.trim(), end.dataset.connect);
  input().value = new URL(narrow.href.replace("/view#", "/"), location.href).searchParams.get("q");
  load(input().value);
  input().focus();
}

// Arrows go through what was found.
function moved(event) {
  // Escape closes it at once; the field alone would only be emptied.
  if (event.key === "Escape") {
    event.preventDefault();
    return dialog().close();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [input(), ...dialog().querySelectorAll("[data-end]")];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
}
