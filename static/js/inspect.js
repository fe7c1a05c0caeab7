// What is in the picture are doors: a click on a hook, a route, an interface, a machine, a Service or the packet's card shows beside the
// picture what is behind it at the step that is shown; the panel follows the steps, Escape closes it, and the focus comes back to where
// it was. Without htmx, or with a modifier key, links lead to the same as a page of its own.

const panel = () => document.getElementById("inspect");
// What the panel shows, and what opened it.
let [shown, opener, later] = [null, null, 0];
// It was closed: what was asked for before and comes now is not shown any more.
let closed = false;

const scenario = () => location.pathname.match(/^\/s\/[^/]+/)?.[0];

// The question of this page, as the address has it; a scenario in a link has it behind the #.
function asked() {
  const query = new URLSearchParams(scenario() ? location.search : location.hash.split("?")[1]);
  for (const name of ["level", "at", "lang", "theme"]) query.delete(name);
  return query;
}

function show(path) {
  // The scenario that a link carries has no address of its own: view.js knows how to ask.
  if (!scenario()) return document.dispatchEvent(new CustomEvent("kubehop:piece", { detail: { path, box: panel() } }));
  const address = `${scenario()}${path}`;
  if (!window.htmx || !panel()) return location.assign(address);
  return window.htmx.ajax("GET", address, { target: "#inspect", swap: "innerHTML" });
}

function open(door, from) {
  [shown, opener, closed] = [door, from, false];
  const query = asked();
  const probed = query.has("from");
  for (const name of probed ? [] : [...query.keys()]) if (!["cni", "proxy"].includes(name)) query.delete(name);
  // The address says no step before the first one was taken.
  const step = document.getElementById("player")?.dataset.step;
  if (probed && step) query.set("step", step);
  else query.delete("step");
  for (const [name, value] of Object.entries(door)) query.set(name, value);
  show(`/door?${query}`);
}

function close() {
  clearTimeout(later);
  closed = true;
  if (!panel()?.firstElementChild) return;
  panel().replaceChildren();
  const back = opener;
  [shown, opener] = [null, null];
  if (!back?.isConnected) return;
  // A part of the picture takes the focus, though it is no stop of the tabulator.
  if (back.tabIndex < 0 && !back.hasAttribute("tabindex")) back.setAttribute("tabindex", "-1");
  back.focus({ preventScroll: true });
}

// The door that an element of the picture is.
function doorOf(target) {
  const at = (selector) => target.closest?.(`#scene ${selector}`);
  if (target.closest?.("#scene .overlay")) return [{ what: "packet" }, target];
  const kinds = [
    [".stage[data-hook]", ({ netns, hook }) => ({ what: "hook", netns, of: hook })],
    [".stage.route[data-netns]", ({ netns, k }) => ({ what: "route", netns, of: k.endsWith("route-out") ? "out" : "in" })],
    [".stage.local[data-netns]", ({ netns }) => ({ what: "machine", netns })],
    [".rules[data-netns]", ({ netns }) => ({ what: "rules", netns })],
    ["[data-link]", ({ netns, link }) => ({ what: "link", netns, of: link })],
    ["[data-service]", ({ service }) => ({ what: "service", of: service })],
    ["[data-pod]", ({ netns }) => ({ what: "machine", netns })],
    [":is(.root-frame, .lan-frame, .gateway-frame)[data-netns]", ({ netns }) => ({ what: "machine", netns })],
    ["[data-node]", ({ node }) => ({ what: "machine", netns: node })],
  ];
  for (const [selector, door] of kinds) {
    const element = at(selector);
    if (element) return [door(element.dataset), element];
  }
  return [];
}

// The link in the current step's story that a row of the open chain stands for: the one of the row's chain.
function ruleOf(row) {
  const links = [...document.querySelectorAll("[data-step-detail] .kernel a")];
  const rows = [...row.parentElement.querySelectorAll("text.head")];
  const top = (element) => Number(element.getAttribute("y"));
  const head = rows.filter((one) => top(one) <= top(row) + (row.tagName === "rect" ? 20 : 0)).at(-1) ?? row;
  const chain = head.textContent.trim().split(" ").at(-1);
  return links.find((link) => link.textContent.startsWith(`-A ${chain} `));
}

function pressed(event) {
  const { target } = event;
  if (event.defaultPrevented || event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (target.closest?.("[data-inspect-close]")) return close();
  const row = target.closest?.("#scene text.head, #scene text.rule, #scene rect.row");
  const link = row && ruleOf(row);
  if (link) {
    [shown, opener] = [null, row];
    return link.click();
  }
  // Links beside the picture that lead into the panel.
  const beside = target.closest?.("a[data-door], [data-door] .door-links a[href*='/door?']");
  if (beside) {
    const url = new URL(beside.href.replace("/view#", "/"), location.href);
    const door = Object.fromEntries(["what", "netns", "of"].map((name) => [name, url.searchParams.get(name) ?? ""]));
    event.preventDefault();
    return open(door, beside.closest("[data-door] .door-links") ? opener : beside);
  }
  if (document.documentElement.classList.contains("picking")) return;
  // Without a probe a Pod is where one begins.
  if (!panel() || (!asked().has("from") && target.closest?.("#scene a"))) return;
  const [door, element] = doorOf(target);
  if (!door) return;
  event.preventDefault();
  open(door, element.closest("a") ?? element);
}

document.addEventListener("click", pressed);
// Links that show something in the panel open it again.
document.addEventListener("click", ({ target }) => target.closest?.("[hx-target='#inspect'], [data-piece]") && (closed = false), true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return close();
  // What the packet is at can be reached by keyboard; Enter opens it.
  if (event.key === "Enter" && event.target.matches?.("#scene g[tabindex]")) {
    event.preventDefault();
    event.target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
});

// A step was shown: what the packet is at is a stop of the tabulator, and an open panel tells of the new step.
document.addEventListener("kubehop:step", () => {
  for (const element of document.querySelectorAll("#scene g[tabindex='0']")) for (const name of ["tabindex", "role"]) element.removeAttribute(name);
  for (const element of document.querySelectorAll("#scene g[data-netns].now")) {
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
  }
  clearTimeout(later);
  if (shown && panel()?.firstElementChild) later = setTimeout(() => shown && open(shown, opener), 200);
});

// What was swapped in is what the reader wants to read next; where it followed a step the focus stays.
document.addEventListener("htmx:after:swap", () => {
  const box = panel();
  if (closed) box?.replaceChildren();
  if (!box?.firstElementChild || box.contains(document.activeElement)) return;
  const { activeElement } = document;
  if (activeElement === document.body || activeElement === opener || activeElement.closest("#scene")) box.querySelector("h1")?.focus({ preventScroll: true });
  if (matchMedia("(max-width: 1100px)").matches) return;
  box.scrollIntoView({ block: "nearest" });
});
