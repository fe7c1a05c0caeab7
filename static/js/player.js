// Plays a trace in the picture. The page is complete without this file; with it, stepping makes no request.
//
// Markup (also described in web/src/steps.rs):
//   <section id="player" data-steps-id="steps-data" data-step="N">
//     <a data-act="first|prev|next|last" href="?step=…">        links without JavaScript
//     <button data-act="play" hidden>, <input type="range" data-act="scrub" hidden>, <div data-scrub-legs>,
//     <select data-act="speed" hidden>, <button data-act="follow" aria-pressed="false" hidden>,
//     <button data-act="keys" aria-pressed="true" hidden>, <output data-now>, <p data-live aria-live="polite">
//   <figure id="scene"><svg class="scene">…</svg></figure>
//   <script type="application/json" id="steps-data">…</script>
//   <li data-step="n"> with links, <div data-step-detail="n"> (all but the current one hidden, its content in a <template>),
//   data-leg="i" on anything that belongs to a leg
//
// Keyboard, from load on and wherever the focus is except in a form field: arrows step, Home and End jump, space plays and
// pauses, + and - change the speed, n and p go to the next and the previous change of the header, digits to a beat, ? shows them.
// The switch `keys` turns them off (WCAG 2.1.4) and is remembered.
//
// How much is told is the server's (`level`): it says at which steps the arrows stop (`data-stops`, none for all of them), and where
// the header changes (`data-edits`). Any step can be shown at any level.
//
// At every step the packet is brought into sight: the picture scrolls, and the page where that is not enough.
//
// One file without imports, so that it can be served under a name that has a hash in it.

const HOP_MS = 600;
// A beat of a story is a sentence to read.
const BEAT_MS = 2400;
// Steps that the packet is seen to go through at most on its way to the next stop.
const GLIDE_STEPS = 60;
// How often the address may change while steps come fast (playing, a key held down): browsers limit it.
const ADDRESS_MS = 500;
// Around the packet, in pixels, when it is brought into sight.
const MARGIN = 40;
const KEYS = "kubehop-keys";
const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== "" && value !== undefined) element.setAttribute(key, value);
  }
  if (text !== undefined) element.textContent = text;
  return element;
}

// The short arrays of web/src/scene/json.rs.
function draw(shape) {
  const [kind, ...v] = shape;
  if (kind === "r") return make("rect", { x: v[0], y: v[1], width: v[2], height: v[3], rx: v[4], class: v[5] });
  if (kind === "c") return make("circle", { cx: v[0], cy: v[1], r: v[2], class: v[3] });
  if (kind === "p") return make("path", { d: v[0], class: v[1] });
  const text = make("text", { x: v[0], y: v[1], "text-anchor": v[2], class: v[3] }, v[4]);
  if (v[5] !== undefined) text.append(make("title", {}, v[5]));
  return text;
}

// Draws one step into the picture the server laid out: changes classes, the card and the panel, and moves the packet.
// Everything is set through the DOM; no markup is parsed and no inline style is written.
class Stage {
  constructor(svg, data) {
    this.svg = svg;
    this.data = data;
    this.overlay = svg.querySelector(".overlay");
    this.packet = svg.querySelector(".packet");
    this.trail = new Map();
    for (const path of svg.querySelectorAll(".seg")) this.trail.set(Number(path.dataset.step), path);
    this.named = new Map();
    for (const element of svg.querySelectorAll("[data-k]")) {
      const list = this.named.get(element.dataset.k) ?? [];
      list.push(element);
      this.named.set(element.dataset.k, list);
    }
    this.view = svg.viewBox.baseVal;
    this.frameNow = [this.view.x, this.view.y, this.view.width, this.view.height];
  }

  show(n, glide, from) {
    const { steps } = this.data;
    const step = steps[n - 1];
    const now = new Set(step.now);
    const active = new Set(step.active);
    const tied = new Set(step.ties);
    const past = new Set();
    for (const other of steps) {
      if (other.leg === step.leg && other.n < n) for (const key of other.now) if (!now.has(key)) past.add(key);
    }
    for (const [key, elements] of this.named) {
      for (const { classList } of elements) {
        classList.toggle("now", now.has(key));
        classList.toggle("past", past.has(key));
        classList.toggle("active", active.has(key));
        classList.toggle("tied", tied.has(key));
      }
    }
    for (const [at, path] of this.trail) {
      const leg = steps[at - 1].leg;
      const when = at === n ? "now" : at > n ? "next" : leg === step.leg ? "past" : "gone";
      path.setAttribute("class", `seg ${when}`);
    }
    this.svg.classList.add("stepping");
    this.overlay.replaceChildren(...step.draw.map(draw));
    this.move(step, glide, from);
  }

  move(step, glide, from) {
    cancelAnimationFrame(this.gliding);
    const rest = () => {
      this.packet.setAttribute("class", step.drop ? "packet dropped" : "packet");
      this.place(step.at[0], step.at[1]);
    };
    const paths = glide > 0 ? this.way(from, step.n) : [];
    if (paths.length === 0) return rest();
    // From where it rests to the line, along it, and to where it will rest.
    const lengths = paths.map((path) => path.getTotalLength());
    const length = lengths.reduce((sum, one) => sum + one, 0);
    const along = (far) => {
      let at = 0;
      while (at < paths.length - 1 && far > lengths[at]) far -= lengths[at++];
      return paths[at].getPointAtLength(Math.min(far, lengths[at]));
    };
    const [begin, end] = [along(0), along(length)];
    let here = this.at ?? [begin.x, begin.y];
    let lead = Math.hypot(begin.x - here[0], begin.y - here[1]);
    // Overtaken by the next step: no cutting corners.
    if (lead > 40) [here, lead] = [[begin.x, begin.y], 0];
    const tail = Math.hypot(step.at[0] - end.x, step.at[1] - end.y);
    const whole = lead + length + tail;
    const mix = (a, b, part) => a + (b - a) * part;
    this.packet.setAttribute("class", "packet gliding");
    let started = null;
    const frame = (time) => {
      started ??= time;
      const part = Math.min((time - started) / glide, 1);
      if (part >= 1) return rest();
      const far = whole * (part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) * (1 - part));
      if (far < lead) this.place(mix(here[0], begin.x, far / lead), mix(here[1], begin.y, far / lead));
      else if (far <= lead + length) {
        const at = along(far - lead);
        this.place(at.x, at.y);
      } else {
        const last = (far - lead - length) / tail;
        this.place(mix(end.x, step.at[0], last), mix(end.y, step.at[1], last));
      }
      this.gliding = requestAnimationFrame(frame);
    };
    this.gliding = requestAnimationFrame(frame);
  }

  // The lines of all steps behind `from` up to `to`: the way that the packet goes between two stops.
  way(from, to) {
    const all = [];
    for (let n = Math.max((from ?? to - 1) + 1, 1); n <= to; n += 1) {
      const path = this.trail.get(n);
      if (path) all.push(path);
    }
    return all;
  }

  place(x, y) {
    this.at = [x, y];
    this.packet.setAttribute("transform", `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})`);
  }

  // Where on the screen the packet of a step rests, in the frame the picture has now.
  screen(step) {
    const matrix = this.svg.getScreenCTM();
    return { x: matrix.a * step.at[0] + matrix.e, y: matrix.d * step.at[1] + matrix.f };
  }

  // Takes in `view` ([x, y, width, height]); all without one. `settled` is called with that frame set, before the
  // picture glides there.
  frame(view, duration, settled) {
    cancelAnimationFrame(this.framing);
    const to = view ?? [0, 0, ...this.data.size];
    const from = this.frameNow;
    const set = (box) => {
      this.frameNow = box;
      this.svg.setAttribute("viewBox", box.map((value) => Math.round(value * 10) / 10).join(" "));
      this.svg.setAttribute("width", Math.round(box[2]));
      this.svg.setAttribute("height", Math.round(box[3]));
    };
    set(to);
    settled();
    if (duration === 0 || from.every((value, index) => value === to[index])) return;
    set(from);
    let begin = null;
    const step = (time) => {
      begin ??= time;
      const part = Math.min((time - begin) / duration, 1);
      const eased = 1 - (1 - part) ** 3;
      set(part >= 1 ? to : from.map((value, index) => value + (to[index] - value) * eased));
      if (part < 1) this.framing = requestAnimationFrame(step);
    };
    this.framing = requestAnimationFrame(step);
  }
}

class Player {
  constructor(root, figure, data) {
    this.root = root;
    this.figure = figure;
    this.data = data;
    this.stage = new Stage(figure.querySelector("svg"), data);
    this.total = data.steps.length;
    const numbers = (text) => (text ? text.split(",").map(Number) : null);
    this.stops = numbers(root.dataset.stops) ?? data.steps.map((step) => step.n);
    this.edits = numbers(root.dataset.edits) ?? [];
    this.places = places();
    this.n = this.clamp(Number(root.dataset.step) || 1);
    this.playing = false;
    this.speed = 1;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.narrow = window.matchMedia("(max-width: 640px)");
    this.follow = this.narrow.matches;
    this.keys = remembered(KEYS) !== "off";
    // Everything that listens beyond the player itself ends with it.
    this.over = new AbortController();
    this.wire();
    const named = new URL(location.href).searchParams.has("step");
    this.show(this.n, { quiet: true, page: named && this.n > 1 });
  }

  end() {
    this.over.abort();
    this.pause();
    clearTimeout(this.addressing);
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
    const jump = { first: () => this.stops[0], prev: () => this.stop(-1), next: () => this.stop(1), last: () => this.stops.at(-1) };
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
      scrub.max = this.stops.length;
      scrub.addEventListener("input", () => {
        this.pause();
        this.show(this.clamp(this.stops[Number(scrub.value) - 1]));
      });
    }
    this.act("speed")?.addEventListener("change", (event) => (this.speed = Number(event.target.value) || 1));
    this.act("follow")?.addEventListener("click", () => {
      this.follow = !this.follow;
      this.frame(true);
    });
    this.act("keys")?.addEventListener("click", () => {
      this.keys = !this.keys;
      remembered(KEYS, this.keys ? "on" : "off");
      this.keysLabel();
    });
    const help = this.root.querySelector(".keys-help");
    this.act("help")?.addEventListener("click", () => help?.showModal());
    this.keysLabel();
    this.legs();
    this.label();
    const { signal } = this.over;
    document.addEventListener("click", (event) => this.choose(event), { signal });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    const narrowed = () => {
      this.follow = this.narrow.matches;
      this.frame(false);
    };
    this.narrow.addEventListener("change", narrowed, { signal });
    const back = () => {
      const n = Number(new URL(location.href).searchParams.get("step"));
      if (n) this.show(this.clamp(n), { quiet: true, page: true });
    };
    window.addEventListener("popstate", back, { signal });
  }

  keysLabel() {
    this.act("keys")?.setAttribute("aria-pressed", String(this.keys));
  }

  // One segment per leg under the scrubber, as wide as the leg is long.
  legs() {
    const bar = this.root.querySelector("[data-scrub-legs]");
    if (!bar) return;
    bar.replaceChildren();
    // Too narrow for words; what each is stands in its title.
    const beats = [...document.querySelectorAll("#hops > li.beat")];
    const parts = beats.length > 0 ? beats.map(beat) : this.data.legs.map((leg, index) => ({ ...leg, index, at: leg.first, flex: leg.last - leg.first + 1 }));
    bar.classList.toggle("many", parts.length > 8);
    for (const leg of parts) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `leg leg-${leg.purpose}`;
      if (leg.index !== undefined) button.dataset.leg = leg.index;
      else [button.dataset.first, button.dataset.last] = [leg.first, leg.last];
      button.style.setProperty("flex-grow", String(leg.flex));
      const name = leg.word ?? this.word(`leg-${leg.purpose}`, leg.purpose);
      button.textContent = name;
      button.title = `${name} · ${leg.first}–${leg.last}`;
      button.setAttribute("aria-label", button.title);
      button.addEventListener("click", () => {
        this.pause();
        this.show(leg.at);
      });
      bar.append(button);
    }
  }

  // A plain click on a link to a step of this page steps instead of loading.
  choose(event) {
    if (modified(event)) return;
    const item = event.target.closest?.("li[data-step]");
    const link = event.target.closest?.("a[href]");
    if (!item || !link || link.closest("li[data-step]") !== item) return;
    if (!isStepHere(link.href)) return;
    event.preventDefault();
    this.pause();
    this.show(this.clamp(Number(item.dataset.step)));
  }

  key(event) {
    if (!this.keys || event.defaultPrevented || event.isComposing) return;
    if (event.altKey || event.ctrlKey || event.metaKey || (event.shiftKey && !"+?".includes(event.key))) return;
    if (this.root.querySelector(".keys-help[open]")) return;
    const target = event.target;
    const typing = target.matches?.("select, textarea, input:not([type=range]), [contenteditable]");
    if (typing || scrollsSideways(target, this.figure)) return;
    const does = {
      " ": () => (this.playing ? this.pause() : this.play()),
      ArrowLeft: () => this.go(this.stop(-1)),
      ArrowRight: () => this.go(this.stop(1)),
      Home: () => this.go(this.stops[0]),
      End: () => this.go(this.stops.at(-1)),
      n: () => this.go(this.edits.find((n) => n > this.n) ?? this.n),
      p: () => this.go(this.edits.findLast((n) => n < this.n) ?? this.n),
      "?": () => this.root.querySelector(".keys-help")?.showModal(),
      "+": () => this.faster(1),
      "=": () => this.faster(1),
      "-": () => this.faster(-1),
    }[event.key] ?? this.beat(event.key);
    if (!does) return;
    // Space presses the button it is on.
    if (event.key === " " && target.closest?.("button, a, summary")) return;
    event.preventDefault();
    if (event.key !== " " && !"+-=".includes(event.key)) this.pause();
    this.fast = event.repeat;
    does();
    this.fast = false;
  }

  // A digit means a beat of the story, where one is told.
  beat(key) {
    if (!/^[1-9]$/.test(key)) return null;
    const beat = document.querySelectorAll("#hops > li.beat")[Number(key) - 1];
    return beat && (() => this.go(Number(beat.dataset.step)));
  }

  // The stop before or behind the step that is shown; that step where there is none.
  stop(by) {
    const { stops, n } = this;
    return (by < 0 ? stops.findLast((stop) => stop < n) : stops.find((stop) => stop > n)) ?? n;
  }

  // Which stop is shown, from 1: the last one that was come to.
  at() {
    return Math.max(this.stops.findLastIndex((stop) => stop <= this.n) + 1, 1);
  }

  faster(by) {
    const select = this.act("speed");
    const speeds = [...(select?.options ?? [])].map((option) => Number(option.value));
    this.speed = speeds[Math.min(Math.max(speeds.indexOf(this.speed) + by, 0), speeds.length - 1)] ?? 1;
    if (select) select.value = String(this.speed);
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.label();
    if (this.n >= this.stops.at(-1)) this.show(this.stops[0]);
    this.tick();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    clearTimeout(this.timer);
    this.label();
    this.address();
  }

  label() {
    const button = this.act("play");
    if (!button) return;
    button.setAttribute("aria-pressed", String(this.playing));
    button.setAttribute("aria-label", this.playing ? this.word("pause", "Pause") : this.word("play", "Play"));
    const icon = make("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" });
    icon.append(make("path", { d: this.playing ? "M5 4h4v12H5zM11 4h4v12h-4z" : "M6 4l10 6-10 6z" }));
    button.replaceChildren(icon);
  }

  tick() {
    this.timer = setTimeout(() => {
      if (!this.playing) return;
      if (this.n >= this.stops.at(-1)) return this.pause();
      this.go(this.stop(1));
      this.tick();
    }, (this.root.dataset.level === "story" ? BEAT_MS : HOP_MS) / this.speed);
  }

  go(to) {
    const n = this.clamp(to);
    if (n !== this.n) this.show(n, { glide: n > this.n && n - this.n <= GLIDE_STEPS });
  }

  show(n, { quiet = false, glide = false, page = !quiet } = {}) {
    const from = this.n;
    this.n = n;
    const step = this.data.steps[n - 1];
    // A long way takes longer, but not as long as all of its steps would.
    const time = (HOP_MS * 0.75 * Math.min(Math.sqrt(Math.max(n - from, 1)), 3)) / this.speed;
    this.stage.show(n, glide && !this.still.matches ? time : 0, from);
    const scrub = this.act("scrub");
    if (scrub) {
      scrub.value = this.at();
      scrub.setAttribute("aria-valuetext", `${this.at()} / ${this.stops.length}`);
    }
    const now = this.root.querySelector("[data-now]");
    if (now) now.textContent = `${this.at()} / ${this.stops.length}`;
    document.title = document.title.replace(/ \d+\/\d+ /, ` ${n}/${this.total} `);
    this.links();
    for (const element of document.querySelectorAll("[data-leg]")) {
      element.toggleAttribute("data-active", Number(element.dataset.leg) === step.leg);
    }
    for (const detail of document.querySelectorAll("[data-step-detail]")) {
      detail.hidden = Number(detail.dataset.stepDetail) !== n;
      unpack(detail);
    }
    for (const part of this.root.querySelectorAll("[data-scrub-legs] [data-first]")) {
      part.toggleAttribute("data-active", n >= Number(part.dataset.first) && n <= Number(part.dataset.last));
    }
    let here = null;
    for (const item of document.querySelectorAll("li[data-step]")) {
      // A beat stands for its step, and one of its steps is shown only where it is not that one.
      const within = item.closest("li.beat");
      const is = Number(item.dataset.step) === n && (item === within || Number(within?.dataset.step) !== n);
      if (is) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      if (is) here = item;
      if (item !== within) continue;
      const active = n >= Number(item.dataset.first) && n <= Number(item.dataset.last);
      item.toggleAttribute("data-active", active);
      const steps = item.querySelector(":scope > details");
      if (steps && active && !is) steps.open = true;
    }
    if (here) reveal(here, quiet || this.still.matches);
    this.frame(page, quiet);
    if (quiet) return;
    const live = this.root.querySelector("[data-live]");
    if (live && !this.playing) live.textContent = here ? here.textContent.replace(/\s+/g, " ").trim() : String(n);
    this.address();
  }

  // The address follows the step, at once; while steps come fast it catches up with them.
  address() {
    clearTimeout(this.addressing);
    const wait = (this.addressed ?? -ADDRESS_MS) + ADDRESS_MS - performance.now();
    if ((this.playing || this.fast) && wait > 0) {
      this.addressing = setTimeout(() => this.address(), wait);
      return;
    }
    if (this.over.signal.aborted) return;
    this.addressed = performance.now();
    history.replaceState(history.state, "", withStep(location.href, this.n, this.places[this.n - 1]));
  }

  // The links of the controls stay true, for opening in a new tab; those to other ways, languages and colours keep the step.
  links() {
    const to = { first: this.stops[0], prev: this.stop(-1), next: this.stop(1), last: this.stops.at(-1) };
    for (const [name, n] of Object.entries(to)) {
      const link = this.act(name);
      if (!link) continue;
      const end = n === this.n;
      if (end) link.setAttribute("aria-disabled", "true");
      else link.removeAttribute("aria-disabled");
      if (link instanceof HTMLAnchorElement) setStep(link, "href", this.clamp(n));
    }
    for (const link of document.querySelectorAll(".prefs a[href], a[data-branch], a[data-level-link], .downloads a[href*='step=']")) {
      // On another way the number counts something else: the place alone is meant.
      const place = link.matches(".downloads a") ? null : this.places[this.n - 1];
      const n = place && link.matches("[data-branch]") ? null : this.n;
      setStep(link, "href", n, place);
      setStep(link, "hx-get", n, place);
    }
  }

  // Frames the picture and brings the packet into sight; `page` says whether the page may be scrolled for it.
  frame(page, still = false) {
    this.act("follow")?.setAttribute("aria-pressed", String(this.follow));
    this.figure.classList.toggle("following", this.follow);
    const step = this.data.steps[this.n - 1];
    const at = this.still.matches || still;
    this.stage.frame(this.follow ? step.view : null, at ? 0 : 250, () => this.sight(step, page, at));
  }

  sight(step, page, still) {
    const behavior = still ? "auto" : "smooth";
    const { figure, root } = this;
    const at = this.stage.screen(step);
    // Below the player, which stays at the top of the screen.
    const roof = root.offsetHeight + 8;
    const box = figure.getBoundingClientRect();
    const spare = { up: figure.scrollTop, down: figure.scrollHeight - figure.clientHeight - figure.scrollTop };
    const inside = (low, high) => inward(at.y, low, high, spare);
    let [low, high] = [Math.max(box.top, roof), Math.min(box.bottom, innerHeight)];
    // What there is of the picture on the screen is enough?
    if (high - low < 3 * MARGIN && !page) [low, high] = [box.top, box.bottom];
    let by = inside(low, high);
    let shift = 0;
    if (page && !(at.y - by >= low + MARGIN / 2 && at.y - by <= high - MARGIN / 2)) {
      // The whole picture comes below the player; the packet's place in it is then looked at anew.
      by = inside(box.top, box.bottom);
      const height = Math.min(box.height, innerHeight - roof);
      shift = box.top - roof;
      const left = at.y - by - shift - (roof + height);
      if (left > -MARGIN) shift += left + Math.max(MARGIN, height / 3);
    }
    const left = box.left + figure.clientLeft;
    const sideways = inward(at.x, left, left + figure.clientWidth, {
      up: figure.scrollLeft,
      down: figure.scrollWidth - figure.clientWidth - figure.scrollLeft,
    });
    if (by !== 0 || sideways !== 0) figure.scrollBy({ top: by, left: sideways, behavior });
    if (shift !== 0) window.scrollBy({ top: shift, behavior });
  }
}

// What is told of a step lies in a template and is there while it is shown: a page of hundreds of steps stays small.
function unpack(detail) {
  const template = detail.querySelector(":scope > template");
  if (!template) return;
  if (detail.hidden) {
    detail.replaceChildren(template);
  } else if (detail.childElementCount === 1) {
    detail.append(template.content.cloneNode(true));
    window.htmx?.process(detail);
  }
}

// How far to scroll so that `at` comes between `low` and `high`: not at all where it is well inside, else to the middle as
// far as there is something to scroll.
function inward(at, low, high, spare) {
  if (at >= low + MARGIN && at <= high - MARGIN) return 0;
  return Math.min(Math.max(at - (low + high) / 2, -spare.up), spare.down);
}

// A scenario that the link itself carries has its page and its question behind the `#`.
const CARRIED = /^([^#]*#v\d+\.[^/?#]*)(\/[^?#]*)(?:\?([^#]*))?(#.*)?$/;

// True for an address of a step on the page that is shown.
function isStepHere(href) {
  const [to, here] = [new URL(href, location.href), location.href];
  const [theirs, ours] = [to.href.match(CARRIED), here.match(CARRIED)];
  if (theirs && ours) return theirs[1] === ours[1] && theirs[2] === ours[2] && new URLSearchParams(theirs[3]).has("step");
  return to.pathname === location.pathname && to.searchParams.has("step");
}

// A beat of the list as a part of the scrubber: all are as wide, each is a sentence.
function beat(item) {
  const [first, last, at] = ["first", "last", "step"].map((name) => Number(item.dataset[name]));
  return { purpose: "beat", first, last, at, flex: 1, word: item.querySelector(".beat-kind")?.textContent ?? "" };
}

// What the steps are called in addresses: that means the same on another way, where a number counts something else.
function places() {
  try {
    return JSON.parse(document.getElementById("places-data")?.textContent ?? "[]");
  } catch {
    return [];
  }
}

// An address with its step set, and its place, where there are any; everything else in it stays as it is written.
function withStep(address, n, place) {
  const carried = address.match(CARRIED);
  if (carried) {
    const [, scenario, page, query, rest] = carried;
    return `${scenario}${withStep(`${page}?${query ?? ""}`, n, place)}${rest ?? ""}`;
  }
  const [, path, query, hash] = address.match(/^([^?#]*)(?:\?([^#]*))?(#.*)?$/);
  const kept = (query ?? "").split("&").filter((pair) => pair !== "" && !/^(step|at)=/.test(pair));
  const named = place ? [`at=${encodeURIComponent(place).replaceAll("%2F", "/")}`] : [];
  const numbered = n === null ? [] : [`step=${n}`];
  return `${path}?${[...kept, ...named, ...numbered].join("&")}${hash ?? ""}`;
}

// Sets the step, and the place where it has one, in an address that an attribute holds.
function setStep(element, attribute, n, place) {
  const value = element.getAttribute(attribute);
  if (value !== null) element.setAttribute(attribute, withStep(value, n, place));
}

// Something else than the picture that arrow keys scroll sideways.
function scrollsSideways(target, figure) {
  if (!target || target === document.body || target === figure) return false;
  const scrolls = target.scrollWidth > target.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(target).overflowX);
  return scrolls || scrollsSideways(target.parentElement, figure);
}

// The browser's memory may be closed to us: then what is remembered holds for this page.
function remembered(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    return null;
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
