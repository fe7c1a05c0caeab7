let player = null;

// What kind of page it is stands on the body, which htmx does not swap.
function kind() {
  const { classList } = document.body;
  if (!classList.contains("trace") && !classList.contains("scenario")) return;
  const trace = document.querySelector("main .trace-head") !== null;
  classList.toggle("trace", trace);
  classList.toggle("scenario", !trace);
}

function start() {
  kind();
  const root = document.getElementById("player");
  const figure = document.getElementById("scene");
  if (!root || root === player?.root) return;
  const source = document.getElementById(root.dataset.stepsId ?? "steps-data");
  if (!source || !figure?.querySelector("svg")) return;
  let data;
  try {
    data = JSON.parse(source.textContent);
  } catch {
    return;
  }
  if (!data?.steps?.length) return;
  player?.end();
  player = new Player(root, figure, data);
}

start();

// The head of the page stays where htmx swaps the rest: its links to other languages and colours lead to what is shown now.
function aim(event) {
  const link = event.target.closest?.(".prefs a[href]");
  if (!link) return;
  const [own, now] = [new URL(link.href), new URL(location.href)];
  const asked = (url) => JSON.stringify([url.pathname, [...url.searchParams].filter(([name]) => !["lang", "theme", "step", "at", "level"].includes(name))]);
  if (asked(own) === asked(now)) return;
  for (const name of ["lang", "theme"]) {
    if (own.searchParams.has(name)) now.searchParams.set(name, own.searchParams.get(name));
  }
  link.href = now.href;
}

for (const kind of ["pointerdown", "focusin", "click"]) document.addEventListener(kind, aim, true);
// A page swapped in by htmx brings a new player.
document.addEventListener("htmx:load", start);
document.addEventListener("htmx:after:swap", start);

// , and . go to the moment before and to the next one, where there is a bar of time.
document.addEventListener("keydown", (event) => {
  const link = document.querySelector({ ",": "[data-time-step=previous]", ".": "[data-time-step=next]" }[event.key] ?? "none");
  const typing = event.target.matches?.("select, textarea, input:not([type=range]), [contenteditable]");
  if (!link || typing || modified(event) || player?.keys === false || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  link.click();
});
