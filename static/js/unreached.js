// The server does not answer: it is said, once, and what is on the page stays. Gone as soon as an answer comes.
const said = document.getElementById("unreached");
const show = (on) => said && (said.hidden = !on);

document.addEventListener("htmx:error", (event) => {
  // Only what never came: an answer that is an error is shown by itself.
  if (event.detail?.error instanceof TypeError) show(true);
});
addEventListener("offline", () => show(true));
addEventListener("online", () => show(false));
document.addEventListener("htmx:after:swap", () => show(false));
said?.querySelector("button")?.addEventListener("click", () => show(false));
