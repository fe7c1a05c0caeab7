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
