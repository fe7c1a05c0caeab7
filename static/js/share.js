// What is shared is the step that is seen: the player changes the address, the form sends it.
const form = document.querySelector("[data-share] form");
form?.addEventListener("submit", () => {
  const query = form.querySelector("input[name=query]");
  if (query && location.search) query.value = location.search.slice(1);
});

// A server that was not told its own address writes links without a host; the browser knows it.
for (const field of document.querySelectorAll("[data-link-text]")) {
  if (field.value.startsWith("/")) field.value = location.origin + field.value;
}
for (const link of document.querySelectorAll("[data-share-link][data-address]")) {
  if (link.textContent.startsWith("/")) link.textContent = link.href;
}
