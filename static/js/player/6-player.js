class Player {
  constructor(root, figure, data) {
    this.root = root;
    this.figure = figure;
    this.data = data;
    const svg = figure.querySelector("svg");
    this.stage = new Stage(svg, data);
    this.camera = new Camera(figure, svg, data, (by) => this.swiped(by));
    this.total = data.steps.length;
    const numbers = (text) => (text ? text.split(",").map(Number) : null);
    this.stops = numbers(root.dataset.stops) ?? data.steps.map((step) => step.n);
    this.edits = numbers(root.dataset.edits) ?? [];
    this.places = places();
    this.n = this.clamp(Number(root.dataset.step) || 1);
    this.playing = false;
    this.speed = 1;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.keys = remembered(KEYS) !== "off";
    // What follows every step is looked for once.
    this.items = [...document.querySelectorAll("li[data-step]")].map((item) => [item, item.closest("li.beat")]);
    this.ofLeg = [...document.querySelectorAll("[data-leg]")];
    this.details = document.querySelector(".details");
    this.told = document.getElementById("details-data");
    // Everything that listens beyond the player itself ends with it.
    this.over = new AbortController();
    this.wire();
    this.show(this.n, { quiet: true });
  }

  end() {
    this.over.abort();
    this.camera.end();
    this.pause();
    cancelAnimationFrame(this.stage.gliding);
    clearTimeout(this.addressing);
  }

  clamp(n) {
    return clamp(Math.trunc(n) || 1, 1, this.total);
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
    document.querySelector(".story")?.classList.add("live");
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
      scrub.parentElement.style.setProperty("--stops", this.stops.length);
      scrub.addEventListener("input", () => {
        this.pause();
        this.show(this.clamp(this.stops[Number(scrub.value) - 1]));
      });
    }
    this.act("speed")?.addEventListener("change", (event) => (this.speed = Number(event.target.value) || 1));
    this.act("keys")?.addEventListener("click", () => {
      this.keys = !this.keys;
      remembered(KEYS, this.keys ? "on" : "off");
      this.keysLabel();
    });
    const help = this.root.querySelector(".keys-help");
    this.act("help")?.addEventListener("click", () => help?.showModal());
    this.keysLabel();
    this.legs();
    const lanes = this.root.querySelector("[data-scrub-lanes]");
    if (lanes) this.cursor = timeline(lanes, this.data, (n) => this.span(n), (name, otherwise) => this.word(name, otherwise));
    this.label();
    const { signal } = this.over;
    this.sheet(signal);
    document.addEventListener("click", (event) => this.choose(event), { signal });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    const back = () => {
      clearTimeout(this.addressing);
      const n = Number(new URL(location.href).searchParams.get("step"));
      if (n) this.show(this.clamp(n), { quiet: true });
    };
    window.addEventListener("popstate", back, { signal });
    const settle = () => this.addressing && this.addressNow();
    for (const name of ["pointerdown", "focusin", "click", "copy", "submit"]) document.addEventListener(name, settle, { signal, capture: true });
    for (const name of ["pagehide", "blur"]) window.addEventListener(name, settle, { signal });
    // Up and down go through the list, from link to link that is seen.
    document.querySelector(".hops")?.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by || modified(event) || !event.target.closest("#hops")) return;
      const seen = [...document.querySelectorAll("#hops a, #hops summary")].filter((one) => one.checkVisibility());
      const next = seen[seen.indexOf(event.target) + by];
      if (!next) return;
      event.preventDefault();
      next.focus();
    }, { signal });
    let touched = null;
    this.details?.addEventListener("pointerdown", (event) => {
      touched = event.pointerType === "touch" ? [event.clientX, event.clientY, event.timeStamp] : null;
    }, { signal });
    this.details?.addEventListener("pointerup", (event) => {
      const by = touched ? swipe(touched, [event.clientX, event.clientY], event.timeStamp - touched[2]) : 0;
      if (by !== 0) this.swiped(by);
    }, { signal });
  }

  swiped(by) {
    this.pause();
    this.go(this.stop(by));
  }

  // On a phone the list of hops is a sheet over the page.
  sheet(signal) {
    const [button, list] = [this.act("list"), document.querySelector(".hops")];
    if (!button || !list) return;
    const turn = (open) => {
      if (list.classList.contains("open") === open) return;
      list.classList.toggle("open", open);
      button.setAttribute("aria-expanded", String(open));
      if (open) (list.querySelector('[aria-current="step"] a') ?? list.querySelector("a"))?.focus();
      else button.focus();
    };
    button.addEventListener("click", () => turn(!list.classList.contains("open")), { signal });
    list.querySelector("[data-close-list]")?.addEventListener("click", () => turn(false), { signal });
    document.addEventListener("keydown", (event) => event.key === "Escape" && turn(false), { signal });
    list.addEventListener("click", (event) => event.target.closest("li a") && turn(false), { signal });
  }

  keysLabel() {
    this.act("keys")?.setAttribute("aria-pressed", String(this.keys));
  }

  // Where a step stands in the scrubber: from and to, 0 to 1. A stop is as wide as every other; in a beat its steps share its width.
  span(n) {
    this.ends ??= this.beats().map(({ dataset }) => [Number(dataset.first), Number(dataset.last)]);
    if (this.ends.length > 0) {
      const at = Math.max(this.ends.findIndex(([, last]) => n <= last), 0);
      const [first, last] = this.ends[at];
      const width = 1 / this.ends.length;
      const part = width / (last - first + 1);
      return [at * width + (n - first) * part, at * width + (n - first + 1) * part];
    }
    const at = Math.max(this.stops.findLastIndex((stop) => stop <= n), 0);
    return [at / this.stops.length, (at + 1) / this.stops.length];
  }

  beats() {
    return [...document.querySelectorAll("#hops > li.beat")];
  }

  // One segment per beat, else per leg, over the scrubber.
  legs() {
    const bar = this.root.querySelector("[data-scrub-legs]");
    if (!bar) return;
    bar.replaceChildren();
    // Too narrow for words; what each is stands in its title.
    const beats = this.beats();
    const width = (first, last) => Math.max(this.span(last)[1] - this.span(first)[0], 0.001);
    const legs = () => this.data.legs.map((leg, index) => ({ ...leg, index, at: leg.first, flex: width(leg.first, leg.last) }));
    const parts = beats.length > 0 ? beats.map(beat) : legs();
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
      if (leg.index !== undefined) this.ofLeg.push(button);
    }
    this.parts = [...bar.querySelectorAll("[data-first]")];
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
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target;
    const typing = target.matches?.("select, textarea, input:not([type=range]), [contenteditable]");
    if (typing || scrollsSideways(target, this.figure)) return;
    const { camera } = this;
    const shifted = {
      "?": () => this.root.querySelector(".keys-help")?.showModal(),
      "+": () => this.faster(1),
      Z: () => camera.zoom(1 / 1.4, undefined, undefined, false),
      ArrowLeft: () => camera.pan(-80, 0, false),
      ArrowRight: () => camera.pan(80, 0, false),
      ArrowUp: () => camera.pan(0, -80, false),
      ArrowDown: () => camera.pan(0, 80, false),
    };
    const plain = {
      " ": () => (this.playing ? this.pause() : this.play()),
      ArrowLeft: () => this.go(this.stop(-1)),
      ArrowRight: () => this.go(this.stop(1)),
      Home: () => this.go(this.stops[0]),
      End: () => this.go(this.stops.at(-1)),
      n: () => this.go(this.edits.find((n) => n > this.n) ?? this.n),
      p: () => this.go(this.edits.findLast((n) => n < this.n) ?? this.n),
      "?": shifted["?"],
      "+": shifted["+"],
      "=": shifted["+"],
      "-": () => this.faster(-1),
      f: () => camera.turn(camera.mode === "follow" ? "fit" : "follow"),
      0: () => camera.turn("fit"),
      z: () => camera.zoom(1.4, undefined, undefined, false),
    };
    // Shift with arrows selects text where some is selected.
    if (event.shiftKey && event.key.startsWith("Arrow") && String(getSelection()) !== "") return;
    const does = event.shiftKey ? shifted[event.key] : (plain[event.key] ?? this.beat(event.key));
    if (!does) return;
    // Space presses the button it is on.
    if (event.key === " " && target.closest?.("button, a, summary")) return;
    event.preventDefault();
    if (!event.shiftKey && ![" ", "+", "-", "=", "f", "z", "0"].includes(event.key)) this.pause();
    this.fast = event.repeat;
    does();
    this.fast = false;
  }

  // A digit means a beat of the story, where one is told.
  beat(key) {
    if (!/^[1-9]$/.test(key)) return null;
    const beat = this.beats()[Number(key) - 1];
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
    this.speed = speeds[clamp(speeds.indexOf(this.speed) + by, 0, speeds.length - 1)] ?? 1;
    if (select) select.value = String(this.speed);
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.label();
    if (this.n >= this.stops.at(-1)) this.show(this.stops[0]);
    this.tick(0);
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

  // The next stop comes when the packet has arrived and what is told had its time; `way` is how long it is under way.
  tick(way) {
    const least = (this.root.dataset.level === "story" ? BEAT_MS : HOP_MS) / this.speed;
    this.timer = setTimeout(() => {
      if (!this.playing) return;
      if (this.n >= this.stops.at(-1)) return this.pause();
      this.tick(this.go(this.stop(1)));
    }, Math.max(least, way + least / 3));
  }

  // Returns how long the packet is under way, in milliseconds.
  go(to) {
    const n = this.clamp(to);
    return n === this.n ? 0 : this.show(n, { glide: n > this.n && n - this.n <= GLIDE_STEPS && !this.fast });
  }

  show(n, { quiet = false, glide = false } = {}) {
    const from = this.n;
    this.n = n;
    this.root.dataset.step = n;
    const step = this.data.steps[n - 1];
    this.stage.show(n);
    let way = 0;
    if (glide && !this.still.matches) {
      way = this.stage.glide(from, n, this.speed, (x, y, there) => (there ? this.camera.show(step) : this.camera.keep(x, y)));
      if (this.camera.mode !== "follow") this.camera.show(step);
      this.camera.step = step;
    } else {
      this.stage.rest(step);
      this.camera.show(step, quiet);
    }
    this.cursor?.(n);
    const scrub = this.act("scrub");
    if (scrub) {
      scrub.value = this.at();
      scrub.setAttribute("aria-valuetext", `${this.at()} / ${this.stops.length}`);
    }
    const now = this.root.querySelector("[data-now]");
    if (now) now.textContent = `${this.at()} / ${this.stops.length}`;
    document.title = document.title.replace(/ \d+\/\d+ /, ` ${n}/${this.total} `);
    if (quiet) this.links();
    for (const element of this.ofLeg) element.toggleAttribute("data-active", Number(element.dataset.leg) === step.leg);
    this.tell(n);
    for (const part of this.parts ?? []) {
      part.toggleAttribute("data-active", n >= Number(part.dataset.first) && n <= Number(part.dataset.last));
    }
    const here = this.list(n);
    document.dispatchEvent(new CustomEvent("kubehop:step", { detail: n }));
    // What asks where things are waits until everything of the step is set.
    cancelAnimationFrame(this.revealing);
    this.revealing = requestAnimationFrame(() => {
      this.details?.scrollTo(0, 0);
      if (here) reveal(here, quiet || this.still.matches);
      if (quiet) return;
      const box = this.figure.getBoundingClientRect();
      if (box.bottom < innerHeight * 0.25 || box.top > innerHeight * 0.75) this.figure.scrollIntoView({ block: "center" });
    });
    if (quiet) return way;
    const live = this.root.querySelector("[data-live]");
    if (live && !this.playing) live.textContent = here ? here.querySelector("a").textContent.replace(/\s+/g, " ").trim() : String(n);
    this.address();
    return way;
  }

  // What is told of a step is in one template; the step that is shown is in the page.
  tell(n) {
    const told = this.told?.content.querySelector(`[data-step-detail="${n}"]`);
    if (!told || this.details.querySelector(`[data-step-detail="${n}"]`)) return;
    const detail = told.cloneNode(true);
    this.details.replaceChildren(detail);
    window.htmx?.process(detail);
  }

  // Marks the step in the list, and the beat that it is in. Returns its item.
  list(n) {
    let here = null;
    for (const [item, within] of this.items) {
      // A beat stands for its step, and one of its steps is shown only where it is not that one.
      const is = Number(item.dataset.step) === n && (item === within || Number(within?.dataset.step) !== n);
      if (is) here = item;
      if (item !== within) continue;
      const active = n >= Number(item.dataset.first) && n <= Number(item.dataset.last);
      item.toggleAttribute("data-active", active);
      const steps = item.querySelector(":scope > details");
      if (steps && active && !is) steps.open = true;
    }
    // Of all the links of the list one is a stop of the tabulator. Only what changes is touched: there are hundreds.
    const before = this.current ?? this.items.map(([item]) => item);
    this.current = here ? [here] : [];
    for (const item of before) {
      if (item === here) continue;
      item.querySelector("a").tabIndex = -1;
      item.removeAttribute("aria-current");
    }
    if (!here) return null;
    here.querySelector("a").tabIndex = 0;
    here.setAttribute("aria-current", "step");
    return here;
  }

  // The address follows the step when it has been painted (telling the browser takes longer than a step), at once where somebody
  // turns to it; while steps come fast it catches up with them.
  address() {
    clearTimeout(this.addressing);
    const wait = (this.addressed ?? -ADDRESS_MS) + ADDRESS_MS - performance.now();
    this.addressing = setTimeout(() => this.addressNow(), Math.max(this.playing || this.fast ? wait : 0, SETTLED_MS));
  }

  addressNow() {
    clearTimeout(this.addressing);
    this.addressing = null;
    if (this.over.signal.aborted) return;
    this.links();
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
    this.kept ??= [...document.querySelectorAll(".prefs a[href], a[data-branch], a[data-moment], a[data-level-link], a[data-door], .downloads a[href*='step=']")];
    for (const link of this.kept) {
      // On another way the number counts something else: the place alone is meant.
      const place = link.matches(".downloads a, [data-door]") ? null : this.places[this.n - 1];
      const n = place && link.matches("[data-branch], [data-moment]") ? null : this.n;
      setStep(link, "href", n, place);
      setStep(link, "hx-get", n, place);
    }
  }
}
