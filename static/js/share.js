// What is shared is the step that is seen: the player changes the address, the form sends it.
const form = document.querySelector("[data-share] form");
form?.addEventListener("submit", () => {
  const query = form.querySelector("input[name=query]");
  if (query && location.search) query.value = location.search.slice(1);
});
