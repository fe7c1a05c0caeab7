// Plays a trace in the picture. The page is complete without this; with it, stepping makes no request. The files of this folder are one
// module, joined in the order of their names when the server is built (server/build.rs), so that it can be served under a name with a hash.
//
// The markup is described in web/src/scene/json.rs.
//
// Keyboard, from load on and wherever the focus is except in a form field: arrows step, Home and End jump, space plays and
// pauses, + and - change the speed, n and p go to the next and the previous change of the header, digits to a beat; f follows the
// packet, 0 shows everything, z and Shift+z zoom, Shift with arrows moves the picture; ? shows them.
// The switch `keys` turns them off (WCAG 2.1.4) and is remembered.
//
// How much is told is the server's (`level`): it says at which steps the arrows stop (`data-stops`, none for all of them), and where
// the header changes (`data-edits`). Any step can be shown at any level.

// At least this long from a hop to the next; a beat of a story is a sentence to read.
const HOP_MS = 600;
const BEAT_MS = 2400;
// How fast the packet goes, in units of the picture a second, and how long a way may take at most.
const PACE = 520;
const WAY_MS = 4000;
// How long it stays where its header is edited.
const EDIT_MS = 550;
// Steps that the packet is seen to go through at most on its way to the next stop.
const GLIDE_STEPS = 60;
// How often the address may change while steps come fast (playing, a key held down): browsers limit it.
const ADDRESS_MS = 500;
// How long a step stands before the address says it.
const SETTLED_MS = 150;
// Width of a letter of the packet's label.
const FLAG_LETTER = 7;
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

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(high, low));
