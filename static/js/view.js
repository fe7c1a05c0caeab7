// Shows a scenario that the link itself carries: `/view#v1.SCENARIO/trace?from=…`. What stands behind the `#` is posted to be shown, and
// nothing is stored. Pages come with links to `/s/view/…`; here they become links to the same scenario in this address, so that opening
// one, also in another tab, posts again.

const state = document.querySelector("[data-view-state]");
const shell = document.querySelector("[data-view]");
const words = { nothing: shell?.dataset.wordNothing, failed: shell?.dataset.wordFailed };
const below = "/s/view";
const files = /\.(json|svg|png|md|pcapng|tar\.gz)$/;

// The scenario's part of the address, and the page below it.
function parts() {
  const fragment = location.hash.slice(1);
  const end = fragment.search(/[/?]/);
  return end < 0 ? [fragment, ""] : [fragment.slice(0, end), fragment.slice(end)];
}

let scenario = parts()[0];
let coming = 0;

const address = (path) => `/view#${scenario}${path}`;

// The page below the scenario that a link leads to; undefined for all other links.
function pageOf(href) {
  if (!href?.startsWith(below)) return undefined;
  const path = href.slice(below.length);
  return path === "" || "/?#".includes(path[0]) ? path : undefined;
}

// Links of a page, also those in what is not unpacked yet.
function rewrite(root) {
  for (const element of root.querySelectorAll("[href], [hx-get], form[action]")) {
    const [href, get] = [pageOf(element.getAttribute("href")), pageOf(element.getAttribute("hx-get"))];
    if (href !== undefined) element.setAttribute("href", address(href));
    // Pieces of a page come by way of `piece`, everything else is a link.
    if (get !== undefined && element.getAttribute("hx-target") === "#inspect") element.dataset.piece = get;
    for (const name of ["hx-get", "hx-target", "hx-select", "hx-swap", "hx-push-url"]) element.removeAttribute(name);
    const action = pageOf(element.getAttribute("action"));
    // What would make another scenario would store it.
    if (action !== undefined && element.method === "post") element.remove();
    else if (action !== undefined) element.dataset.below = action;
  }
  for (const template of root.querySelectorAll("template")) rewrite(template.content);
}

function post(path, fragment = false) {
  const headers = { "content-type": "text/plain" };
  if (fragment) headers["hx-request"] = "true";
  return fetch(`/view${location.search}`, { method: "POST", headers, body: scenario + path });
}

// The address without what was overwritten.
function keep(root) {
  const carried = root.querySelector("[data-carried]")?.dataset.carried;
  if (!carried || carried === scenario) return;
  const [, path] = parts();
  scenario = carried;
  history.replaceState(history.state, "", address(path));
}

function preferences() {
  for (const link of document.querySelectorAll(".prefs a[href]")) {
    link.setAttribute("href", link.getAttribute("href").replace(/#.*$/, "") + location.hash);
  }
}

function swap(html, scroll) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (!page.getElementById("main")) return failed();
  keep(page);
  rewrite(page);
  document.title = page.title;
  document.body.className = page.body.className;
  document.querySelector("nav.crumbs")?.remove();
  const crumbs = page.querySelector("nav.crumbs");
  if (crumbs) document.querySelector(".brand").after(crumbs);
  document.getElementById("main").replaceWith(page.getElementById("main"));
  preferences();
  const place = parts()[1].match(/#(.+)$/)?.[1];
  const mark = place && document.getElementById(place);
  if (mark) mark.scrollIntoView({ block: "center" });
  else if (scroll) scrollTo(0, 0);
  document.dispatchEvent(new CustomEvent("htmx:after:swap"));
}

function failed() {
  const main = document.getElementById("main");
  const said = main.querySelector("[data-view-state]") ?? main.insertAdjacentElement("afterbegin", document.createElement("p"));
  said.textContent = words.failed ?? "";
}

async function show(scroll) {
  const [packed, path] = parts();
  if (packed === "") {
    if (state) state.textContent = words.nothing ?? "";
    return;
  }
  scenario = packed;
  const own = ++coming;
  document.documentElement.setAttribute("aria-busy", "true");
  try {
    const answer = await post(path);
    const html = await answer.text();
    if (own === coming) swap(html, scroll);
  } catch {
    if (own === coming) failed();
  } finally {
    if (own === coming) document.documentElement.removeAttribute("aria-busy");
  }
}

// A file is taken along.
async function take(path) {
  const answer = await post(path);
  if (!answer.ok) return swap(await answer.text(), true);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = path.split("?")[0].split("/").at(-1);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// A piece of a page in its box, which is the one beside the picture unless another is named.
async function piece({ path, box = document.getElementById("inspect") }) {
  if (!box) return;
  const page = new DOMParser().parseFromString(await (await post(path, true)).text(), "text/html");
  rewrite(page);
  box.replaceChildren(...page.body.childNodes);
  document.dispatchEvent(new CustomEvent("htmx:after:swap"));
}

const plain = (event) =>
  !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || !plain(event)) return;
  const here = new URL(link.href, location.href);
  if (link.dataset.piece !== undefined && document.getElementById("inspect")) {
    event.preventDefault();
    piece({ path: link.dataset.piece });
    return;
  }
  const [, path] = here.pathname === "/view" ? (here.hash.match(/^#[^/?]*(.*)$/) ?? [null, ""]) : [null, ""];
  if (path && files.test(path.split("?")[0])) {
    event.preventDefault();
    take(path);
  }
});

// A door in the picture.
document.addEventListener("kubehop:piece", (event) => piece(event.detail));

document.addEventListener("submit", (event) => {
  const path = event.target.dataset?.below;
  if (path === undefined) return;
  event.preventDefault();
  const filled = [...new FormData(event.target)].filter(([, value]) => value !== "");
  location.hash = `${scenario}${path.split("?")[0]}?${new URLSearchParams(filled)}`;
});

addEventListener("hashchange", () => show(true));
show(false);
