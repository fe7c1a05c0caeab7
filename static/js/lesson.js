// The frame of a lesson's picture shows the packet, where the picture is larger than its frame. Without this it is scrolled by hand.
for (const frame of document.querySelectorAll(".lesson-scene")) {
  const packet = frame.querySelector(".packet")?.getBoundingClientRect();
  if (!packet) continue;
  const around = frame.getBoundingClientRect();
  frame.scrollLeft += packet.left + packet.width / 2 - around.left - around.width / 2;
  frame.scrollTop += packet.top + packet.height / 2 - around.top - around.height / 2;
}

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

// Which lessons somebody has come to the end of is kept in this browser only, and marked in the map.
const KEY = "kubehop-lessons";
const stored = () => {
  try {
    const list = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(list) ? list.filter((slug) => typeof slug === "string") : [];
  } catch {
    return [];
  }
};
const end = document.querySelector("[data-lesson-end]")?.dataset.lessonEnd;
if (end) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...new Set([...stored(), end])].slice(-500)));
  } catch {
    // Without a place to keep it nothing is marked.
  }
}
const map = document.querySelector("[data-lessons]");
if (map) {
  const done = new Set(stored());
  for (const item of map.querySelectorAll("[data-lesson]")) {
    if (!done.has(item.dataset.lesson)) continue;
    item.classList.add("done");
    const mark = document.createElement("span");
    mark.className = "visually-hidden";
    mark.textContent = ` (${map.dataset.wordDone})`;
    item.querySelector("strong")?.append(mark);
  }
}
