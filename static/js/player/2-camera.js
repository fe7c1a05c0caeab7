// What of the picture is shown, and how large: everything (`fit`), the packet's surroundings (`follow`), or what was chosen by hand
// (`free`): wheel and pinch zoom, dragging moves. Coordinates are the picture's.
class Camera {
  constructor(figure, svg, data, swiped) {
    Object.assign(this, { figure, svg, size: data.size, swiped });
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    figure.classList.add("live");
    svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    this.over = new AbortController();
    this.pointers = new Map();
    this.map = this.minimap();
    this.measure();
    // A picture that is legible as a whole is shown as a whole.
    this.mode = this.fitting() >= 0.8 ? "fit" : "follow";
    this.wire();
  }

  end() {
    this.over.abort();
    this.sizes.disconnect();
    cancelAnimationFrame(this.going);
  }

  measure() {
    this.width = Math.max(this.figure.clientWidth, 1);
    this.height = Math.max(this.figure.clientHeight, 1);
  }

  // The scale at which everything is shown.
  fitting() {
    const [w, h] = this.size;
    return Math.min(this.width / w, this.height / h, 1.5);
  }

  // At which the packet is followed: texts have their natural size where there is room for a node.
  following() {
    return Math.max(clamp(this.width / 360, 0.6, 1), Math.min(this.fitting(), 1));
  }

  set(mode) {
    this.mode = mode;
    for (const [name, on] of [["follow", mode === "follow"], ["fit", mode === "fit"]]) {
      this.figure.querySelector(`[data-act="${name}"]`)?.setAttribute("aria-pressed", String(on));
    }
    this.figure.classList.toggle("free", mode === "free");
    this.figure.classList.toggle("following", mode === "follow");
  }

  // Shows a step as the mode says, at once where `still` is set.
  show(step, still = false) {
    this.step = step;
    if (this.mode === "fit") {
      const scale = this.fitting();
      const [w, h] = this.size;
      this.go({ scale, x: (w - this.width / scale) / 2, y: (h - this.height / scale) / 2 }, still);
    } else if (this.mode === "follow") {
      const scale = this.following();
      if (this.box?.scale === scale && this.central(step.at)) return;
      const [w, h] = [this.width / scale, this.height / scale];
      const [px, py] = step.at;
      // As much as possible of what is open around it, and of what there is.
      const view = step.view ?? [px, py, 0, 0];
      const along = (from, size, all, at, shown) => {
        const wanted = clamp(from + size / 2 - shown / 2, -8, all + 8 - shown);
        return clamp(wanted, at - shown * 0.74, at - shown * 0.26);
      };
      const x = along(view[0], view[2], this.size[0], px, w);
      const y = along(view[1], view[3], this.size[1], py, h);
      this.go({ scale, x, y }, still);
    } else if (!this.box) this.go({ scale: 1, x: 0, y: 0 }, true);
    else if (!this.central(step.at, 0.46)) {
      // What was chosen by hand stays as large; the packet comes into sight.
      const { scale } = this.box;
      this.go({ scale, x: step.at[0] - this.width / scale / 2, y: step.at[1] - this.height / scale / 2 }, still);
    }
  }

  // Whether a point is in the middle of what is shown, or will be: in its middle 60 %, or how far from the middle it may be.
  central([px, py], far = 0.29) {
    const { scale, x, y } = this.aim ?? this.box;
    const [w, h] = [this.width / scale, this.height / scale];
    return Math.abs(px - x - w / 2) <= w * far && Math.abs(py - y - h / 2) <= h * far;
  }

  // While the packet moves it stays in the middle.
  keep(px, py) {
    if (this.mode !== "follow" || !this.box) return;
    cancelAnimationFrame(this.going);
    this.aim = null;
    const scale = this.following();
    const [w, h] = [this.width / scale, this.height / scale];
    const x = clamp(this.box.x, px - w * 0.78, px - w * 0.22);
    const y = clamp(this.box.y, py - h * 0.78, py - h * 0.22);
    this.apply({ scale, x, y });
  }

  apply(box) {
    this.box = box;
    const [w, h] = [this.width / box.scale, this.height / box.scale];
    const [all, tall] = this.size;
    if (this.mode === "fit") this.lay([box.x, box.y, w, h]);
    else this.lay(undefined, box.scale, `translate(${Math.round(-box.x * box.scale)}px,${Math.round(-box.y * box.scale)}px)`);
    const whole = box.x <= 1 && box.y <= 1 && box.x + w >= all - 1 && box.y + h >= tall - 1;
    this.map.svg.toggleAttribute("hidden", whole);
    for (const [name, value] of Object.entries({ x: box.x, y: box.y, width: w, height: h })) this.map.frame.setAttribute(name, value);
    if (this.step) for (const [name, value] of [["cx", this.step.at[0]], ["cy", this.step.at[1]]]) this.map.dot.setAttribute(name, value);
  }

  // As a whole the picture is scaled to its frame; followed or moved by hand it is a layer, laid out and painted once, that goes by
  // whole pixels. A view that is set again lays all texts out again.
  lay(view = [0, 0, ...this.size], scale, transform = "") {
    const box = view.map((value) => Math.round(value * 100) / 100).join(" ");
    if (this.svg.getAttribute("viewBox") !== box) this.svg.setAttribute("viewBox", box);
    const [width, height] = this.size.map((size) => (scale ? `${size * scale}px` : ""));
    Object.assign(this.svg.style, { width, height, transform });
  }

  go(to, still = false) {
    cancelAnimationFrame(this.going);
    const from = this.box;
    this.aim = null;
    if (still || !from || this.still.matches) return this.apply(to);
    this.aim = to;
    let begun = null;
    const frame = (time) => {
      begun ??= time;
      const part = Math.min((time - begun) / 260, 1);
      const eased = 1 - (1 - part) ** 3;
      const mix = (name) => from[name] + (to[name] - from[name]) * eased;
      this.apply(part >= 1 ? to : { scale: mix("scale"), x: mix("x"), y: mix("y") });
      if (part < 1) this.going = requestAnimationFrame(frame);
      else this.aim = null;
    };
    this.going = requestAnimationFrame(frame);
  }

  // Chosen by hand; some of the picture always stays in sight.
  free(box, still = true) {
    this.set("free");
    const [w, h] = [this.width / box.scale, this.height / box.scale];
    const [all, tall] = this.size;
    this.go({ scale: box.scale, x: clamp(box.x, -w / 2, all - w / 2), y: clamp(box.y, -h / 2, tall - h / 2) }, still);
  }

  pan(dx, dy, still = true) {
    const { scale, x, y } = this.aim ?? this.box;
    this.free({ scale, x: x + dx / scale, y: y + dy / scale }, still);
  }

  // Zooms about a point of the figure, in pixels from its corner; its middle without one.
  zoom(factor, sx = this.width / 2, sy = this.height / 2, still = true) {
    const { scale, x, y } = this.aim ?? this.box;
    const next = clamp(scale * factor, this.least(), 4);
    this.free({ scale: next, x: x + sx / scale - sx / next, y: y + sy / scale - sy / next }, still);
  }

  least() {
    return Math.min(this.fitting(), 0.5);
  }

  // Brings a part of the picture into sight that got the focus.
  reveal(element) {
    const [outer, inner] = [this.figure.getBoundingClientRect(), element.getBoundingClientRect()];
    const by = (low, high, from, to) => (low < from ? low - from - 24 : high > to ? high - to + 24 : 0);
    const [dx, dy] = [by(inner.left, inner.right, outer.left, outer.right), by(inner.top, inner.bottom, outer.top, outer.bottom)];
    if (dx !== 0 || dy !== 0) this.pan(dx, dy);
  }

  wire() {
    const { figure } = this;
    const options = { signal: this.over.signal };
    const own = (event) => event.target.closest?.(".camera, .minimap");
    figure.addEventListener("wheel", (event) => {
      if (event.shiftKey || !this.box) return;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        return this.pan(event.deltaX, 0);
      }
      const out = event.deltaY > 0;
      // What can be zoomed no further scrolls the page, and so does a page that is scrolled.
      if (!event.ctrlKey && (out ? this.box.scale <= this.least() * 1.01 || this.mode === "fit" : window.scrollY > 4)) return;
      event.preventDefault();
      const box = figure.getBoundingClientRect();
      this.zoom(Math.exp(-clamp(event.deltaY, -240, 240) / 400), event.clientX - box.left, event.clientY - box.top);
    }, { ...options, passive: false });
    figure.addEventListener("pointerdown", (event) => {
      if (own(event) || event.button > 0) return;
      this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, from: [event.clientX, event.clientY], moved: false, time: event.timeStamp });
    }, options);
    figure.addEventListener("pointermove", (event) => this.moved(event), options);
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, (event) => this.lifted(event), options);
    }
    // What ends a drag chooses nothing.
    figure.addEventListener("click", (event) => {
      if (!this.dragged) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.dragged = false;
    }, { ...options, capture: true });
    figure.addEventListener("dragstart", (event) => event.preventDefault(), options);
    figure.addEventListener("focusin", (event) => this.svg.contains(event.target) && event.target !== this.svg && this.reveal(event.target), options);
    for (const [name, act] of Object.entries({
      "zoom-in": () => this.zoom(1.4, undefined, undefined, false),
      "zoom-out": () => this.zoom(1 / 1.4, undefined, undefined, false),
      fit: () => this.turn("fit"),
      follow: () => this.turn(this.mode === "follow" ? "fit" : "follow"),
    })) figure.querySelector(`[data-act="${name}"]`)?.addEventListener("click", act, options);
    const tools = figure.querySelector(".camera");
    if (tools) tools.hidden = false;
    // On paper there is nothing to move: the picture is whole.
    window.addEventListener("beforeprint", () => this.lay(), options);
    window.addEventListener("afterprint", () => this.box && this.apply(this.box), options);
    this.set(this.mode);
    this.sizes = new ResizeObserver(() => {
      const before = [this.width, this.height];
      this.measure();
      if (before[0] === this.width && before[1] === this.height) return;
      if (this.mode === "free" && this.box) this.apply(this.box);
      else if (this.step) {
        this.box = null;
        this.show(this.step, true);
      }
    });
    this.sizes.observe(figure);
  }

  turn(mode) {
    this.set(mode);
    if (this.step) this.show(this.step);
  }

  moved(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const [dx, dy] = [event.clientX - pointer.x, event.clientY - pointer.y];
    const far = Math.hypot(event.clientX - pointer.from[0], event.clientY - pointer.from[1]);
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, other]) => other);
    const touch = event.pointerType === "touch";
    if (!pointer.moved && far < 5) return;
    if (!pointer.moved && !touch) this.figure.setPointerCapture(event.pointerId);
    pointer.moved = true;
    if (others.length === 1) {
      // Two fingers: what is between them stays between them.
      const [other] = others;
      const apart = (x, y) => Math.max(Math.hypot(x - other.x, y - other.y), 1);
      const factor = apart(event.clientX, event.clientY) / apart(pointer.x, pointer.y);
      const box = this.figure.getBoundingClientRect();
      this.pan(-dx / 2, -dy / 2);
      this.zoom(factor, (event.clientX + other.x) / 2 - box.left, (event.clientY + other.y) / 2 - box.top);
      other.moved = true;
    } else if (others.length === 0 && (!touch || this.mode === "free")) this.pan(-dx, -dy);
    [pointer.x, pointer.y] = [event.clientX, event.clientY];
  }

  lifted(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    this.pointers.delete(event.pointerId);
    this.dragged = pointer.moved && event.type === "pointerup";
    setTimeout(() => (this.dragged = false), 0);
    if (event.pointerType === "touch" && this.mode !== "free" && event.type === "pointerup" && this.pointers.size === 0) {
      const by = swipe(pointer.from, [event.clientX, event.clientY], event.timeStamp - pointer.time);
      if (by !== 0) this.swiped(by);
    }
  }

  // The whole picture, small, with a frame around what is shown: only where that is not everything.
  minimap() {
    const [w, h] = this.size;
    const svg = make("svg", { class: "minimap", viewBox: `0 0 ${w} ${h}`, "aria-hidden": "true", hidden: "hidden" });
    for (const box of this.svg.querySelectorAll(".frames :is(.node, .lan, .gateway, .pod), .boxes .ghost-box")) {
      if (box.tagName !== "rect") continue;
      const of = (name) => box.getAttribute(name);
      svg.append(make("rect", { x: of("x"), y: of("y"), width: of("width"), height: of("height"), rx: 6, class: `map-${box.classList[0]}` }));
    }
    const [dot, frame] = [make("circle", { r: Math.max(w, h) / 40, class: "map-packet" }), make("rect", { class: "map-frame", rx: 4 })];
    svg.append(dot, frame);
    this.figure.append(svg);
    const there = (event) => {
      if (event.buttons === 0 && event.type === "pointermove") return;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const { scale } = this.box;
      this.free({ scale, x: at.x - this.width / scale / 2, y: at.y - this.height / scale / 2 });
    };
    for (const name of ["pointerdown", "pointermove"]) svg.addEventListener(name, there, { signal: this.over.signal });
    return { svg, dot, frame };
  }
}

// What a finger that was lifted asked for: 1 for the next stop, -1 for the one before, 0 for nothing.
function swipe(from, to, time) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  if (time > 800 || Math.abs(dx) < 44 || Math.abs(dx) < 1.6 * Math.abs(dy)) return 0;
  return dx < 0 ? 1 : -1;
}
