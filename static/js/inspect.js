// A click on an interface in the picture, or on a rule in the story, shows it beside the picture: its text as the Linux tool prints
// it and the manifest line that caused it. Without htmx, or with a modifier key, links lead to the same as a page of its own.

const panel = () => document.getElementById("inspect");

function scenarioPath() {
  return location.pathname.match(/^\/s\/[^/]+/)?.[0];
}

function show(path) {
  if (!window.htmx || !panel()) {
    location.assign(path);
    return;
  }
  window.htmx.ajax("GET", path, { target: "#inspect", swap: "innerHTML" });
}

// The link in the current step's story that a row of the open chain stands for: the one of the row's chain.
function ruleOf(row) {
  const links = [...document.querySelectorAll("[data-step-detail]:not([hidden]) .kernel a")];
  const rows = [...row.parentElement.querySelectorAll("text.head")];
  const top = (element) => Number(element.getAttribute("y"));
  const head = rows.filter((one) => top(one) <= top(row) + (row.tagName === "rect" ? 20 : 0)).at(-1) ?? row;
  const chain = head.textContent.trim().split(" ").at(-1);
  return links.find((link) => link.textContent.startsWith(`-A ${chain} `));
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest?.("[data-inspect-close]")) {
    panel()?.replaceChildren();
    return;
  }
  const row = event.target.closest?.("#scene text.head, #scene text.rule, #scene rect.row");
  if (row) {
    ruleOf(row)?.click();
    return;
  }
  const port = event.target.closest?.("#scene [data-link]");
  const base = scenarioPath();
  if (!port || event.target.closest("a")) return;
  const query = new URLSearchParams({ netns: port.dataset.netns, dev: port.dataset.link });
  const asked = new URLSearchParams(base ? location.search : location.hash.split("?")[1]);
  for (const name of ["cni", "proxy"]) {
    if (asked.get(name)) query.set(name, asked.get(name));
  }
  if (base) show(`${base}/link?${query}`);
  // The scenario that a link carries has no address of its own: view.js knows how to ask.
  else document.dispatchEvent(new CustomEvent("kubehop:link", { detail: query.toString() }));
});

// What was swapped in is what the reader wants to see next.
document.addEventListener("htmx:after:swap", () => {
  const box = panel();
  if (box?.firstElementChild && !box.contains(document.activeElement)) {
    box.scrollIntoView({ block: "nearest" });
  }
});
