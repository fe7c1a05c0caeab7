// Choosing source and destination in the picture. Without JavaScript the Pods in it are links that do the same.
//
//   <button data-pick="from|to" aria-pressed="false" hidden>      turns choosing on and off
//   <select name="from|to"> or <input name="from|to">             gets the value, e.g. pod/default/web-1
//   <output data-pick-state>                                      says what was chosen (optional)

function field(name) {
  return document.querySelector(`select[name="${name}"], input[name="${name}"]`);
}

let mode = null;

function set(next) {
  mode = next;
  for (const button of document.querySelectorAll("[data-pick]")) {
    button.setAttribute("aria-pressed", String(button.dataset.pick === mode));
  }
  document.documentElement.classList.toggle("picking", mode !== null);
}

function say(text) {
  const state = document.querySelector("[data-pick-state]");
  if (state) state.textContent = text;
}

// The option of a select that stands for `value`: the same, or the same with a port.
function choose(control, value) {
  if (!(control instanceof HTMLSelectElement)) {
    control.value = value;
    return true;
  }
  const values = [...control.options].map((option) => option.value);
  const found = values.find((one) => one === value) ?? values.find((one) => one.startsWith(`${value}:`));
  if (found === undefined) return false;
  control.value = found;
  return true;
}

function mark() {
  for (const element of document.querySelectorAll(".scene [data-pick-value]")) {
    const value = element.dataset.pickValue;
    const chosen = ["from", "to"].some((name) => {
      const now = field(name)?.value;
      return now === value || now?.startsWith(`${value}:`);
    });
    element.classList.toggle("picked", chosen);
  }
}

function valueOf(target) {
  const direct = target.closest?.("[data-pick-value]") ?? target.querySelector?.("[data-pick-value]");
  if (direct) return direct.dataset.pickValue;
  const netns = target.closest?.("[data-netns^='pod/']");
  return netns?.dataset.netns;
}

function take(event) {
  if (mode === null) return;
  const inside = event.target.closest?.(".scene");
  const value = inside ? valueOf(event.target) : undefined;
  if (!value) return;
  const control = field(mode);
  if (!control) return;
  event.preventDefault();
  if (!choose(control, value)) return say("✕");
  // What is typed wins over what is selected; what was chosen last wins over both.
  const typed = mode === "to" ? document.querySelector('input[name="to_text"]') : null;
  if (typed) typed.value = "";
  // A Pod or Service is no URL: what was said of a request goes with the URL.
  if (typed) {
    for (const name of ["method", "header", "connect"]) {
      const said = document.querySelector(`form[data-probe] [name="${name}"]`);
      if (said) said.value = "";
    }
  }
  control.dispatchEvent(new Event("change", { bubbles: true }));
  say(control instanceof HTMLSelectElement ? control.selectedOptions[0].textContent : value);
  set(mode === "from" && !field("to")?.value ? "to" : null);
  mark();
}

function start() {
  for (const button of document.querySelectorAll("[data-pick][hidden]")) {
    button.hidden = false;
    button.addEventListener("click", () => set(mode === button.dataset.pick ? null : button.dataset.pick));
  }
  for (const name of ["from", "to"]) field(name)?.addEventListener("change", mark);
  mark();
}

document.addEventListener("click", take);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && mode !== null) set(null);
});
start();
document.addEventListener("htmx:load", start);
document.addEventListener("htmx:after:swap", start);
