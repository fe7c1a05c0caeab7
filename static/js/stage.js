// Draws one step of a trace into the picture the server laid out: changes classes, the card and the panel, and moves
// the packet. Everything is set through the DOM; no markup is parsed and no inline style is written.

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

export class Stage {
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

  show(n, glide) {
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
    this.move(step, glide);
  }

  move(step, glide) {
    cancelAnimationFrame(this.gliding);
    const rest = () => {
      this.packet.setAttribute("class", step.drop ? "packet dropped" : "packet");
      this.place(step.at[0], step.at[1]);
    };
    const path = this.trail.get(step.n);
    if (!(glide > 0) || !path) return rest();
    // From where it rests to the line, along it, and to where it will rest.
    const length = path.getTotalLength();
    const [begin, end] = [path.getPointAtLength(0), path.getPointAtLength(length)];
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
        const at = path.getPointAtLength(far - lead);
        this.place(at.x, at.y);
      } else {
        const last = (far - lead - length) / tail;
        this.place(mix(end.x, step.at[0], last), mix(end.y, step.at[1], last));
      }
      this.gliding = requestAnimationFrame(frame);
    };
    this.gliding = requestAnimationFrame(frame);
  }

  place(x, y) {
    this.at = [x, y];
    this.packet.setAttribute("transform", `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})`);
  }

  // Takes in `view` ([x, y, width, height]); all without one.
  frame(view, duration) {
    cancelAnimationFrame(this.framing);
    const to = view ?? [0, 0, ...this.data.size];
    const from = this.frameNow;
    const set = (box) => {
      this.frameNow = box;
      this.svg.setAttribute("viewBox", box.map((value) => Math.round(value * 10) / 10).join(" "));
      this.svg.setAttribute("width", Math.round(box[2]));
      this.svg.setAttribute("height", Math.round(box[3]));
    };
    if (duration === 0 || from.every((value, index) => value === to[index])) return set(to);
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
