// The frame of a lesson's picture shows the packet, and what is lit as far as there is room, where the picture is larger than its frame.
// Without this it is scrolled by hand.
for (const frame of document.querySelectorAll(".lesson-scene")) {
  const packet = frame.querySelector(".packet")?.getBoundingClientRect();
  if (!packet) continue;
  const around = frame.getBoundingClientRect();
  const head = frame.querySelector("figcaption")?.offsetHeight ?? 0;
  const room = { width: frame.clientWidth, height: frame.clientHeight - head };
  let seen = packet;
  const far = (part) => Math.hypot(part.left - packet.left, part.top - packet.top);
  const parts = ".pointed > :is(rect, path, circle):first-of-type, .overlay > .card, .overlay > .panel";
  const lit = [...frame.querySelectorAll(parts)].map((part) => part.getBoundingClientRect());
  for (const part of lit.sort((one, other) => far(one) - far(other))) {
    const [left, top] = [Math.min(seen.left, part.left), Math.min(seen.top, part.top)];
    const [right, bottom] = [Math.max(seen.right, part.right), Math.max(seen.bottom, part.bottom)];
    if (right - left <= room.width && bottom - top <= room.height) seen = { left, top, right, bottom };
  }
  frame.scrollLeft += (seen.left + seen.right) / 2 - around.left - room.width / 2;
  frame.scrollTop += (seen.top + seen.bottom) / 2 - around.top - head - room.height / 2;
}

// A value in the words and its part of the picture light up together. A part beyond its frame's edge is brought into it.
const smooth = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
function bring(part) {
  const frame = part.closest(".lesson-scene");
  const around = frame.getBoundingClientRect();
  const own = part.querySelector("rect, path, circle").getBoundingClientRect();
  const head = frame.querySelector("figcaption")?.offsetHeight ?? 0;
  const past = (from, to, least, most) => (from < least ? from - least : Math.max(0, Math.min(to - most, from - least)));
  const left = past(own.left - 8, own.right + 8, around.left, around.right);
  const top = past(own.top - 8, own.bottom + 8, around.top + head, around.bottom);
  if (left || top) frame.scrollBy({ left, top, behavior: smooth });
}
for (const point of document.querySelectorAll(".point")) {
  const { netns, link } = point.dataset;
  const of = `.lesson-svg [data-netns="${CSS.escape(netns)}"]`;
  const own = link === undefined ? ":not([data-link], .stage, .rules)" : `:is([data-link="${CSS.escape(link)}"], .gateway-frame)`;
  const service = `.lesson-svg [data-service="${CSS.escape(netns.replace("svc/", ""))}"]`;
  const parts = document.querySelectorAll(netns.startsWith("svc/") ? service : of + own);
  if (parts.length === 0) continue;
  point.classList.add("shown");
  for (const [event, on] of [["pointerenter", true], ["pointerleave", false]]) {
    point.addEventListener(event, () => {
      parts.forEach((part) => part.classList.toggle("pointing", on));
      if (on) bring(parts[0]);
    });
  }
}

// A term's card stays within the window, Escape puts it away, Enter and Space bring it back.
for (const term of document.querySelectorAll(".term")) {
  const card = term.nextElementSibling;
  const place = () => {
    for (const name of ["--shift", "--rise"]) card.style.removeProperty(name);
    term.classList.remove("away");
    const { left, right, bottom, height } = card.getBoundingClientRect();
    const { top } = term.getBoundingClientRect();
    // Above the term where there is no room below.
    if (bottom > innerHeight && height <= top) card.style.setProperty("--rise", `${Math.floor(top - bottom)}px`);
    const shift = Math.min(0, document.documentElement.clientWidth - 12 - right) || Math.max(0, 12 - left);
    card.style.setProperty("--shift", `${Math.round(shift)}px`);
  };
  for (const event of ["pointerenter", "focus", "click"]) term.addEventListener(event, place);
  term.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    place();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const term of document.querySelectorAll(".term")) term.classList.add("away");
});

// Before a class keys lead on and back; in a field they are the field's.
if (document.body.classList.contains("present")) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    const rel = { ArrowRight: "next", PageDown: "next", ArrowLeft: "prev", PageUp: "prev" }[event.key];
    const link = rel && document.querySelector(`.lesson-nav [rel="${rel}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
}

// How far somebody is stays in this browser: lessons that were ended, the step of those that were begun, the fewest lines of a task.
const KEY = "kubehop-lessons";
const SLUG = /^[a-z0-9][a-z0-9-]{0,99}$/;
const entries = (value, fits) =>
  Object.fromEntries(Object.entries(value && typeof value === "object" ? value : {}).filter(fits).slice(-500));
const small = (number) => Number.isInteger(number) && number > 0 && number < 1000;
// Whatever was stored or is read: only what is progress is taken of it.
function progress(value) {
  const list = Array.isArray(value) ? value : value?.done;
  return {
    done: [...new Set((Array.isArray(list) ? list : []).filter((slug) => SLUG.test(slug)))].slice(-500),
    at: entries(value?.at, ([slug, step]) => SLUG.test(slug) && small(step)),
    golf: entries(value?.golf, ([task, lines]) => task.length < 200 && small(lines)),
  };
}
function stored() {
  try {
    return progress(JSON.parse(localStorage.getItem(KEY)));
  } catch {
    return progress(null);
  }
}
function store(value) {
  try {
    localStorage.setItem(KEY, JSON.stringify(value));
  } catch {
    // Without a place to keep it nothing is kept.
  }
}
// Of two, what is further.
function joined(one, other) {
  const golf = { ...one.golf };
  for (const [task, lines] of Object.entries(other.golf)) golf[task] = Math.min(lines, golf[task] ?? lines);
  return progress({ done: [...one.done, ...other.done], at: { ...one.at, ...other.at }, golf });
}

const now = stored();
const end = document.querySelector("[data-lesson-end]")?.dataset.lessonEnd;
if (end) {
  delete now.at[end];
  store(progress({ ...now, done: [...now.done, end] }));
}
const page = document.querySelector("[data-lesson-step]");
if (page) {
  const { lessonStep: slug, number } = page.dataset;
  // Whoever comes to another step later comes back to that one.
  delete now.at[slug];
  now.at[slug] = Number(number);
  const task = page.querySelector("[data-golf]");
  if (task) {
    const { golf, lines, word } = task.dataset;
    if (lines) now.golf[golf] = Math.min(Number(lines), now.golf[golf] ?? Number(lines));
    if (now.golf[golf]) {
      task.textContent = word.replace("{}", now.golf[golf]);
      task.hidden = false;
    }
  }
  store(progress(now));
}

const map = document.querySelector("[data-lessons]");
function mark({ done, at }) {
  for (const item of map.querySelectorAll("[data-lesson]")) {
    const { lesson } = item.dataset;
    if (done.includes(lesson) && !item.classList.contains("done")) {
      item.classList.add("done");
      const word = document.createElement("span");
      word.className = "visually-hidden";
      word.textContent = ` (${map.dataset.wordDone})`;
      item.querySelector("strong")?.append(word);
    }
    const step = at[lesson];
    const card = item.querySelector(".course-card");
    if (step > 1 && card) card.setAttribute("href", `${card.getAttribute("href").split("?")[0]}?step=${step}`);
  }
  const last = Object.keys(at).filter((slug) => at[slug] > 1 && map.querySelector(`[data-lesson="${slug}"]`)).at(-1);
  const link = map.querySelector("[data-go-on]");
  if (!last || !link) return;
  const title = map.querySelector(`[data-lesson="${last}"] strong`).firstChild.textContent;
  link.href = `/lessons/${last}?step=${at[last]}`;
  link.textContent = link.dataset.word.replace("{title}", title).replace("{step}", at[last]);
  link.parentElement.hidden = false;
}
// A link that carries a lesson: it is imported as a file is.
const form = document.querySelector("[data-import]");
if (form && location.hash.startsWith("#v1.")) {
  const link = document.createElement("input");
  Object.assign(link, { type: "hidden", name: "link", value: location.hash.slice(1) });
  form.append(link);
  form.querySelector("input[type=file]").required = false;
  form.submit();
}
const box = document.querySelector("[data-progress]");
if (map && box) {
  const said = box.querySelector("[role=status]");
  const pack = (value) => btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const read = (text) => {
    let value;
    try {
      value = progress(JSON.parse(text));
    } catch {
      value = progress(null);
    }
    if (value.done.length + Object.keys(value.at).length + Object.keys(value.golf).length === 0) {
      said.textContent = box.dataset.wordBad;
      return;
    }
    const all = joined(stored(), value);
    store(all);
    mark(all);
    said.textContent = box.dataset.wordRead.replace("{}", all.done.length);
  };
  box.hidden = false;
  box.querySelector("[data-save]").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(stored(), null, 1)], { type: "application/json" }));
    link.download = "kubehop-progress.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  box.querySelector("[data-copy]").addEventListener("click", async () => {
    const address = `${location.origin}/lessons#progress=${pack(stored())}`;
    try {
      await navigator.clipboard.writeText(address);
      said.textContent = box.dataset.wordCopied;
    } catch {
      // Where a page may not write there, the link is shown to be taken.
      said.textContent = address;
    }
  });
  box.querySelector("input[type=file]").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (file && file.size < 1_000_000) read(await file.text());
    else if (file) said.textContent = box.dataset.wordBad;
    target.value = "";
  });
  const carried = location.hash.match(/^#progress=([\w-]{1,200000})$/)?.[1];
  if (carried) {
    try {
      read(atob(carried.replaceAll("-", "+").replaceAll("_", "/")));
    } catch {
      said.textContent = box.dataset.wordBad;
    }
    history.replaceState(null, "", location.pathname + location.search);
    box.open = true;
  }
  mark(stored());
}
