// Sources and destinations are found by typing; what was sent lately is offered again. Without JavaScript the search is a page.
//
//   <form data-probe data-search="ADDRESS OF search.js">
//   <a data-ends-open="from|to" href="…/ends?…">    opens it; so do a click into the select, and a letter typed there
//   [data-recent]                                   links to what was sent lately, which is kept in the browser

const LATELY = "kubehop-sent";
const MOST = { probes: 6, scenarios: 20 };
const scenario = () => location.pathname.match(/^\/s\/[^/]+/)?.[0];
// What was typed before the dialog was there.
let early = null;

async function open(which, typed = "") {
  if (early !== null) return void (early += typed);
  early = typed;
  const taken = () => [early, (early = null)][0];
  try {
    await (await import(document.querySelector("[data-search]").dataset.search)).open(which, taken);
  } catch (error) {
    taken();
    document.dispatchEvent(new CustomEvent("htmx:error", { detail: { error } }));
  }
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
// A finger gets the list of its own system.
let mouse = false;
document.addEventListener("pointerdown", (event) => (mouse = event.pointerType === "mouse" && event.button === 0));
document.addEventListener("mousedown", (event) => {
  const found = mouse && select(event.target);
  if (!found) return;
  event.preventDefault();
  open(found.name);
});
document.addEventListener("keydown", (event) => {
  const found = select(event.target);
  if (!found || event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  open(found.name, event.key);
});

// The other way round is that of the question the page came with.
document.addEventListener("input", ({ target }) => target.closest?.("form[data-probe]")?.querySelector("[data-swap]")?.classList.add("stale"));

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
