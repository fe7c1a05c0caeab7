// Plays a trace in the picture. The page is complete without this file; with it, stepping makes no request.
//
// Markup (also described in web/src/steps.rs):
//   <section id="player" data-steps-id="steps-data" data-step="N">
//     <a data-act="first|prev|next|last" href="?step=…">        links without JavaScript
//     <button data-act="play" hidden>, <input type="range" data-act="scrub" hidden>, <div data-scrub-legs>,
//     <select data-act="speed" hidden>, <button data-act="follow" aria-pressed="false" hidden>,
//     <output data-now>, <p data-live aria-live="polite">
//   <figure id="scene"><svg class="scene">…</svg></figure>
//   <script type="application/json" id="steps-data">…</script>
//   <li data-step="n"> with links, <div data-step-detail="n">, data-leg="i" on anything that belongs to a leg
//
// Keyboard, while the player or the picture has the focus: space plays and pauses, arrows step, Home and End jump,
// + and - change the speed.

import { Stage } from "./stage.js";

const HOP_MS = 600;

class Player {
  constructor(root, figure, data) {
    this.root = root;
    this.figure = figure;
    this.data = data;
    this.stage = new Stage(figure.querySelector("svg"), data);
    this.total = data.steps.length;
    this.n = this.clamp(Number(root.dataset.step) || 1);
    this.playing = false;
    this.speed = 1;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.narrow = window.matchMedia("(max-width: 640px)");
    this.follow = this.narrow.matches;
    this.wire();
    this.show(this.n, { quiet: true });
  }

  clamp(n) {
    return Math.min(Math.max(Math.trunc(n) || 1, 1), this.total);
  }

  act(name) {
    return this.root.querySelector(`[data-act="${name}"]`);
  }

  word(name, otherwise) {
    return this.root.getAttribute(`data-word-${name}`) ?? otherwise;
  }

  wire() {
    for (const element of this.root.querySelectorAll("[data-act][hidden]")) element.hidden = false;
    this.root.classList.add("live");
    if (!this.root.hasAttribute("tabindex")) this.root.tabIndex = 0;
    const jump = { first: () => 1, prev: () => this.n - 1, next: () => this.n + 1, last: () => this.total };
    for (const [name, to] of Object.entries(jump)) {
      this.act(name)?.addEventListener("click", (event) => {
        if (modified(event)) return;
        event.preventDefault();
        this.pause();
        this.go(to());
      });
    }
    this.act("play")?.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    const scrub = this.act("scrub");
    if (scrub) {
      scrub.min = 1;
      scrub.max = this.total;
      scrub.addEventListener("input", () => {
        this.pause();
        this.show(this.clamp(Number(scrub.value)));
      });
    }
    const speed = this.act("speed");
    speed?.addEventListener("change", () => (this.speed = Number(speed.value) || 1));
    this.act("follow")?.addEventListener("click", () => {
      this.follow = !this.follow;
      this.frame();
    });
    this.legs();
    document.addEventListener("click", (event) => this.choose(event));
    for (const place of [this.root, this.figure]) place.addEventListener("keydown", (event) => this.key(event));
    this.narrow.addEventListener("change", () => {
      this.follow = this.narrow.matches;
      this.frame();
    });
    window.addEventListener("popstate", () => {
      const n = Number(new URL(location.href).searchParams.get("step"));
      if (n && player === this) this.show(this.clamp(n), { quiet: true });
    });
  }

  // One segment per leg under the scrubber, as wide as the leg is long.
  legs() {
    const bar = this.root.querySelector("[data-scrub-legs]");
    if (!bar) return;
    bar.replaceChildren();
    for (const [index, leg] of this.data.legs.entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `leg leg-${leg.purpose}`;
      button.dataset.leg = index;
      button.style.setProperty("flex-grow", String(leg.last - leg.first + 1));
      const name = this.word(`leg-${leg.purpose}`, leg.purpose);
      button.textContent = name;
      button.title = `${name} · ${leg.first}–${leg.last}`;
      button.addEventListener("click", () => {
        this.pause();
        this.show(leg.first);
      });
      bar.append(button);
    }
  }

  // A plain click on a link to a step of this page steps instead of loading.
  choose(event) {
    if (player !== this) return;
    if (modified(event)) return;
    const item = event.target.closest?.("li[data-step]");
    const link = event.target.closest?.("a[href]");
    if (!item || !link || link.closest("li[data-step]") !== item) return;
    const url = new URL(link.href, location.href);
    if (url.pathname !== location.pathname || !url.searchParams.has("step")) return;
    event.preventDefault();
    this.pause();
    this.show(this.clamp(Number(item.dataset.step)));
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target;
    const typing = target.matches?.("select, textarea, input:not([type=range])");
    if (typing) return;
    const does = {
      " ": () => (this.playing ? this.pause() : this.play()),
      ArrowLeft: () => this.go(this.n - 1),
      ArrowRight: () => this.go(this.n + 1),
      Home: () => this.go(1),
      End: () => this.go(this.total),
      "+": () => this.faster(1),
      "=": () => this.faster(1),
      "-": () => this.faster(-1),
    }[event.key];
    if (!does) return;
    // Space presses the button it is on.
    if (event.key === " " && target.closest?.("button, a, summary")) return;
    event.preventDefault();
    if (event.key !== " " && !"+-=".includes(event.key)) this.pause();
    does();
  }

  faster(by) {
    const select = this.act("speed");
    const speeds = select ? [...select.options].map((option) => Number(option.value)) : [0.5, 1, 2, 4];
    const at = speeds.indexOf(this.speed);
    this.speed = speeds[Math.min(Math.max(at + by, 0), speeds.length - 1)] ?? 1;
    if (select) select.value = String(this.speed);
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.label();
    if (this.n >= this.total) this.show(1);
    this.tick();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    clearTimeout(this.timer);
    this.label();
  }

  label() {
    const button = this.act("play");
    if (!button) return;
    button.setAttribute("aria-pressed", String(this.playing));
    button.setAttribute("aria-label", this.playing ? this.word("pause", "Pause") : this.word("play", "Play"));
    button.textContent = this.playing ? "❚❚" : "▶";
  }

  tick() {
    this.timer = setTimeout(() => {
      if (!this.playing) return;
      if (this.n >= this.total) return this.pause();
      this.go(this.n + 1);
      this.tick();
    }, HOP_MS / this.speed);
  }

  go(to) {
    const n = this.clamp(to);
    if (n !== this.n) this.show(n, { glide: n === this.n + 1 });
  }

  show(n, { quiet = false, glide = false } = {}) {
    this.n = n;
    const step = this.data.steps[n - 1];
    this.stage.show(n, glide && !this.still.matches ? (HOP_MS * 0.75) / this.speed : 0);
    this.frame();
    const scrub = this.act("scrub");
    if (scrub) {
      scrub.value = n;
      scrub.setAttribute("aria-valuetext", `${n} / ${this.total}`);
    }
    const now = this.root.querySelector("[data-now]");
    if (now) now.textContent = `${n} / ${this.total}`;
    this.links();
    for (const element of document.querySelectorAll("[data-leg]")) {
      element.toggleAttribute("data-active", Number(element.dataset.leg) === step.leg);
    }
    for (const detail of document.querySelectorAll("[data-step-detail]")) {
      detail.hidden = Number(detail.dataset.stepDetail) !== n;
    }
    let here = null;
    for (const item of document.querySelectorAll("li[data-step]")) {
      const is = Number(item.dataset.step) === n;
      if (is) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      if (is) here = item;
    }
    if (quiet) return;
    if (here) reveal(here, this.still.matches);
    const live = this.root.querySelector("[data-live]");
    if (live && !this.playing) live.textContent = here ? here.textContent.replace(/\s+/g, " ").trim() : String(n);
    const url = new URL(location.href);
    url.searchParams.set("step", n);
    history.replaceState(history.state, "", url);
  }

  // The links of the controls stay true, for opening in a new tab.
  links() {
    const to = { first: 1, prev: this.n - 1, next: this.n + 1, last: this.total };
    for (const [name, n] of Object.entries(to)) {
      const link = this.act(name);
      if (!link) continue;
      const end = n < 1 || n > this.total || n === this.n;
      if (end) link.setAttribute("aria-disabled", "true");
      else link.removeAttribute("aria-disabled");
      if (link instanceof HTMLAnchorElement) {
        const url = new URL(location.href);
        url.searchParams.set("step", this.clamp(n));
        link.href = `${url.pathname}${url.search}`;
      }
    }
  }

  frame() {
    this.act("follow")?.setAttribute("aria-pressed", String(this.follow));
    this.figure.classList.toggle("following", this.follow);
    const step = this.data.steps[this.n - 1];
    this.stage.frame(this.follow ? step.view : null, this.still.matches ? 0 : 250);
  }
}

function modified(event) {
  return event.defaultPrevented || event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
}

// Scrolls the list, never the page.
function reveal(item, still) {
  let box = item.parentElement;
  while (box && !(box.scrollHeight > box.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(box).overflowY))) {
    box = box.parentElement;
  }
  if (!box || box === document.body || box === document.documentElement) return;
  const [outer, inner] = [box.getBoundingClientRect(), item.getBoundingClientRect()];
  if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
  const by = inner.top - outer.top - (outer.height - inner.height) / 2;
  box.scrollBy({ top: by, behavior: still ? "auto" : "smooth" });
}

let player = null;

function start() {
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
  player?.pause();
  player = new Player(root, figure, data);
}

start();
// A page swapped in by htmx brings a new player.
document.addEventListener("htmx:load", start);
document.addEventListener("htmx:after:swap", start);
