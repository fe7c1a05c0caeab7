// Sources and destinations are found by typing: a dialog over the form searches all that there are. Without JavaScript the same is a page.
//
//   <a data-ends-open="from|to" href="…/ends?…">    opens it; so do a click into the select, and a letter typed there
//   <a data-end="VALUE" data-connect="…">           chooses
//
// What was sent lately is kept in the browser and offered again: [data-recent].

const LATELY = "kubehop-sent";
const MOST = { probes: 6, scenarios: 20 };
const scenario = () => location.pathname.match(/^\/s\/[^/]+/)?.[0];
const form = () => document.querySelector("form[data-probe]");
const field = (name) => form()?.querySelector(`[name="${name}"]`);
// The side that is chosen for, what was asked for last, and when to ask; what was typed before the dialog was there.
let [side, coming, later, early] = ["from", null, 0, null];

function dialog() {
  let box = document.getElementById("ends");
  if (box) return box;
  box = document.createElement("dialog");
  box.id = "ends";
  box.addEventListener("click", chosen);
  box.addEventListener("keydown", moved);
  box.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => load(input().value), 120);
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

async function open(which, typed = "") {
  [side, early] = [which, typed];
  dialog().replaceChildren();
  const came = await load(typed);
  [typed, early] = [early, null];
  if (!came) return;
  dialog().setAttribute("aria-labelledby", "ends-heading");
  if (!dialog().open) dialog().showModal();
  input().focus();
  if (input().value === typed) return;
  input().value = typed;
  load(typed);
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
  select.dispatchEvent(new Event("change", { bubbles: true }));
  dialog().close();
  select.focus();
}

function chosen(event) {
  // A click beside it closes it.
  if (event.target === dialog()) return dialog().close();
  const end = event.target.closest("[data-end]");
  const narrow = event.target.closest("[data-ends-narrow]");
  if ((!end && !narrow) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (end) return choose(end.dataset.end, end.textContent, end.dataset.connect);
  input().value = new URL(narrow.href.replace("/view#", "/"), location.href).searchParams.get("q");
  load(input().value);
  input().focus();
}

// Arrows go through what was found.
function moved(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [input(), ...dialog().querySelectorAll("[data-end]")];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
}

function select(target) {
  const found = target.closest?.("form[data-probe] select");
  return found && ["from", "to"].includes(found.name) ? found : null;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-ends-open]");
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(opener.dataset.endsOpen);
});
document.addEventListener("pointerdown", (event) => {
  const found = event.pointerType === "mouse" && event.button === 0 && select(event.target);
  if (found) found.dataset.searched = "";
});
document.addEventListener("mousedown", (event) => {
  const found = select(event.target);
  if (!found || found.dataset.searched === undefined) return;
  delete found.dataset.searched;
  event.preventDefault();
  open(found.name);
});
document.addEventListener("keydown", (event) => {
  const found = select(event.target);
  if (!found || event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (early === null) open(found.name, event.key);
  else early += event.key;
});

function sent() {
  try {
    return JSON.parse(localStorage.getItem(LATELY)) ?? {};
  } catch {
    return {};
  }
}

// The probe of this page goes in front; what is offered is another one.
function lately() {
  if (!scenario()) return;
  const all = sent();
  const query = new URLSearchParams(location.search);
  for (const name of ["step", "at", "level", "lang", "theme"]) query.delete(name);
  const [own, before] = [String(query), Array.isArray(all[scenario()]) ? all[scenario()] : []];
  const others = before.filter((one) => typeof one === "string" && one !== own);
  if (document.getElementById("player") && query.has("from")) {
    delete all[scenario()];
    const kept = Object.entries({ ...all, [scenario()]: [own, ...others].slice(0, MOST.probes + 1) }).slice(-MOST.scenarios);
    try {
      localStorage.setItem(LATELY, JSON.stringify(Object.fromEntries(kept)));
    } catch {
      // Nothing is kept where nothing can be.
    }
  }
  for (const list of document.querySelectorAll("[data-recent]")) {
    list.querySelectorAll("a").forEach((one) => one.remove());
    for (const one of others.slice(0, MOST.probes)) {
      const asked = new URLSearchParams(one);
      const link = document.createElement("a");
      link.className = "chip";
      link.href = `${scenario()}/trace?${one}`;
      const name = (value) => (value ?? "").replace(/^(pod|container)\//, "");
      link.textContent = `${name(asked.get("from"))} → ${name(asked.get("to_text") || asked.get("to"))}`;
      list.append(" ", link);
    }
    list.hidden = others.length === 0;
  }
}

lately();
document.addEventListener("htmx:after:swap", lately);
