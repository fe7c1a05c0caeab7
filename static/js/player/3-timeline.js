// The way through the machines over the scrubber: a row for each machine in its colour, and marks where something happens to the packet.
// Where a step stands is `place`, from 0 to 1.
const MARKS = { d: "✕", n: "◆", t: "▣", c: "●" };

function timeline(bar, data, place, words) {
  const { lanes, steps } = data;
  const rows = Math.max(lanes.length, 1);
  const svg = make("svg", { class: "lanes", viewBox: `0 0 1000 ${rows * 10}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (let n = 0; n < steps.length; ) {
    const { lane } = steps[n];
    let end = n;
    while (end + 1 < steps.length && steps[end + 1].lane === lane) end += 1;
    const [from, to] = [place(n + 1)[0] * 1000, place(end + 1)[1] * 1000];
    // Between machines there is no row: it is where the colour changes.
    if (lane !== undefined) {
      const run = make("rect", { x: from.toFixed(1), y: (lane % rows) * 10 + 1, width: Math.max(to - from, 2).toFixed(1), height: 8, class: `lane-${lane % 6}` });
      run.append(make("title", {}, lanes[lane].name));
      svg.append(run);
    }
    n = end + 1;
  }
  const marks = document.createElement("div");
  marks.className = "marks";
  marks.setAttribute("aria-hidden", "true");
  const taken = new Map();
  for (const kind of "dntc") {
    for (const step of steps) {
      if (!step.marks?.includes(kind)) continue;
      const at = (place(step.n)[0] + place(step.n)[1]) / 2;
      // As many as can be told apart, what weighs most first.
      const slot = Math.round(at * 70);
      if (taken.has(slot)) continue;
      taken.set(slot, step);
      const mark = document.createElement("span");
      mark.className = `mark-${kind}`;
      mark.textContent = MARKS[kind];
      mark.title = `${words(`mark-${kind}`, "")} · ${step.n}`;
      mark.style.setProperty("left", `${(at * 100).toFixed(2)}%`);
      marks.append(mark);
    }
  }
  const cursor = make("line", { class: "cursor", x1: 0, x2: 0, y1: 0, y2: rows * 10 });
  svg.append(cursor);
  bar.replaceChildren(marks, svg);
  return (n) => {
    const at = ((place(n)[0] + place(n)[1]) / 2) * 1000;
    for (const name of ["x1", "x2"]) cursor.setAttribute(name, at.toFixed(1));
  };
}
