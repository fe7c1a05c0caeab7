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
    this.lanes();
    svg.classList.add("stepping");
  }

  // Each machine on the way has the colour that it has in the timeline.
  lanes() {
    this.data.lanes.forEach(({ key }, index) => {
      const frame = this.named.get(key)?.[0]?.querySelector(".node");
      if (!frame) return;
      const at = (name) => Number(frame.getAttribute(name));
      frame.after(make("rect", { x: at("x") + 12, y: at("y") - 2, width: 40, height: 5, rx: 2, class: `lane-mark lane-${index % 6}` }));
    });
  }

  show(n) {
    const { steps } = this.data;
    const step = steps[n - 1];
    const now = new Set(step.now);
    const active = new Set(step.active);
    const tied = new Set(step.ties);
    const past = new Set();
    for (const other of steps) {
      if (other.leg === step.leg && other.n < n) for (const key of other.now) if (!now.has(key)) past.add(key);
    }
    // Only what changes is touched.
    for (const [name, keys] of Object.entries({ now, past, active, tied })) {
      const before = this.shown?.[name] ?? this.named.keys();
      for (const key of before) if (!keys.has(key)) this.named.get(key)?.forEach(({ classList }) => classList.remove(name));
      for (const key of keys) this.named.get(key)?.forEach(({ classList }) => classList.add(name));
    }
    this.shown = { now, past, active, tied };
    for (const [at, path] of this.trail) {
      const leg = steps[at - 1].leg;
      const when = at === n ? "now" : at > n ? "next" : leg === step.leg ? "past" : "gone";
      if (path.dataset.when !== when) {
        path.dataset.when = when;
        path.setAttribute("class", `seg ${when}`);
      }
    }
    this.overlay.replaceChildren(...step.draw.map(draw));
  }

  // Puts the packet where it rests at a step.
  rest(step) {
    cancelAnimationFrame(this.gliding);
    this.gliding = null;
    this.packet.setAttribute("class", step.drop ? "packet dropped" : "packet");
    this.place(step.at[0], step.at[1]);
    this.flag(step);
  }

  // The label that the packet carries: where it goes, and where that is edited what it was.
  flag(step) {
    if (this.flagged === step) return;
    this.flagged = step;
    const [now, before] = step.flag ?? [];
    this.packet.querySelector(".flag")?.remove();
    if (!now) return;
    const text = make("text", { class: "m", "text-anchor": "middle", y: step.under ? 27 : -19 });
    if (before) text.append(make("tspan", { class: "old" }, before), " ");
    text.append(make("tspan", { class: "to" }, now));
    const group = make("g", { class: before ? "flag flips" : "flag" });
    group.append(text);
    this.packet.append(group);
    // Letters of one width; asking the browser would lay the page out.
    const wide = Math.ceil([...text.textContent].length * FLAG_LETTER) + 16;
    // Within the picture, wherever the packet is.
    const x = clamp(-wide / 2, 4 - step.at[0], this.data.size[0] - 4 - wide - step.at[0]);
    text.setAttribute("x", x + wide / 2);
    group.prepend(make("rect", { x, y: step.under ? 13 : -33, width: wide, height: 20, rx: 4 }));
  }

  // Moves the packet along the lines of all steps behind `from` up to `to`, as fast everywhere; it stays a moment where its header
  // is edited. `moved` is told where it is. Returns how long that takes, in milliseconds.
  glide(from, to, speed, moved) {
    const phases = [];
    let here = this.at;
    const line = (end) => {
      const begin = here;
      const length = Math.hypot(end[0] - begin[0], end[1] - begin[1]);
      here = end;
      if (length < 1) return;
      phases.push({ length, point: (far) => [begin[0] + ((end[0] - begin[0]) * far) / length, begin[1] + ((end[1] - begin[1]) * far) / length] });
    };
    for (let n = from + 1; n <= to; n += 1) {
      const step = this.data.steps[n - 1];
      const path = this.trail.get(n);
      if (path) {
        const length = path.getTotalLength();
        const point = (far) => {
          const { x, y } = path.getPointAtLength(far);
          return [x, y];
        };
        const begin = point(0);
        // No cutting corners: what begins elsewhere begins there at once.
        if (here && Math.hypot(begin[0] - here[0], begin[1] - here[1]) <= 40) line(begin);
        phases.push({ length, point });
        here = point(length);
        line(step.at);
      }
      here = step.at;
      phases.push({ step, hold: step.flag?.[1] ? EDIT_MS / speed : 0 });
    }
    const whole = phases.reduce((sum, { length }) => sum + (length ?? 0), 0);
    const pace = Math.max((PACE * speed) / 1000, (whole * speed) / WAY_MS);
    let total = 0;
    for (const phase of phases) {
      phase.time = phase.hold ?? phase.length / pace;
      total += phase.time;
    }
    cancelAnimationFrame(this.gliding);
    this.packet.setAttribute("class", "packet gliding");
    let [at, begun] = [0, null];
    const frame = (time) => {
      begun ??= time;
      while (at < phases.length && time - begun >= phases[at].time) {
        begun += phases[at].time;
        if (phases[at].step) this.flag(phases[at].step);
        at += 1;
      }
      if (at >= phases.length) {
        this.rest(this.data.steps[to - 1]);
        moved(...this.at, true);
        return;
      }
      const phase = phases[at];
      if (phase.step) {
        this.place(...phase.step.at);
        this.flag(phase.step);
      } else this.place(...phase.point((time - begun) * pace));
      moved(...this.at, false);
      this.gliding = requestAnimationFrame(frame);
    };
    this.gliding = requestAnimationFrame(frame);
    return total;
  }

  place(x, y) {
    this.at = [x, y];
    this.packet.setAttribute("transform", `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})`);
  }
}
