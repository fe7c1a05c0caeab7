// Sources and destinations found by typing; what was sent lately.
import { test } from "node:test";
import assert from "node:assert/strict";
import { openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

test("a click into a field, or a letter there, searches all there is; what is chosen is in the form", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(`${server.url}/s/first-service`);
  await page.locator("select[name=to]").click();
  const dialog = page.locator("dialog#ends[open]");
  await dialog.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.type), "search");
  const all = await dialog.locator("[data-end]").count();
  await page.keyboard.type("idle");
  await page.waitForFunction((before) => document.querySelectorAll("#ends [data-end]").length < before, all);
  assert.deepEqual(await dialog.locator("[data-end]").evaluateAll((ends) => ends.map((end) => end.dataset.end)), ["idle:80", "svc/default/idle:80"]);
  // Down twice is the second one; Enter takes it.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.locator("select[name=to]").inputValue(), "svc/default/idle:80");
  assert.equal(await page.evaluate(() => document.activeElement.name), "to");
  // A letter begins a search with it; Enter takes the first that is found.
  await page.locator("select[name=from]").focus();
  await page.keyboard.type("node-b");
  await page.waitForFunction(() => document.querySelector("#ends [data-end]")?.dataset.end.includes("node-b") || /node-b/.test(document.querySelector("#ends [data-end]")?.textContent));
  await page.locator("#ends [data-end='node/node-b']").click();
  assert.equal(await page.locator("select[name=from]").inputValue(), "node/node-b");
  // The other way round was that of another question.
  assert.equal(await page.locator("[data-swap]").isVisible(), false);
  // A name that nothing has says what is near; the dialog has a button to close it.
  await page.locator("[data-ends-open=from]").click();
  await page.locator("#ends input[type=search]").fill("pod/default/clinet");
  await page.locator("#ends [data-end='pod/default/client']").waitFor();
  await page.locator("#ends [data-ends-close]").click();
  await dialog.waitFor({ state: "detached" });
  // Escape leaves everything as it was, also where something was typed.
  await page.locator("[data-ends-open=to]").click();
  await dialog.waitFor();
  await page.keyboard.type("x");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.locator("select[name=to]").inputValue(), "svc/default/idle:80");
  await page.locator("form[data-probe] button[type=submit]").click();
  await page.locator("[data-outcome]").waitFor();
  const asked = new URL(page.url()).searchParams;
  assert.deepEqual([asked.get("from"), asked.get("to")], ["node/node-b", "svc/default/idle:80"]);
  assert.deepEqual(problems, []);
  await context.close();
});

test("what is not in the list is found all the same, a URL with where it connects", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(`${server.url}/s/ingress?from=external&to=api.default:8000`);
  await page.locator("[data-ends-open=to]").click();
  await page.locator("#ends [data-connect=ingress]").first().click();
  const chosen = await page.locator("select[name=to]").inputValue();
  assert.match(chosen, /^https?:/);
  assert.equal(await page.locator("input#connect").inputValue(), "ingress");
  // An address that nothing has is taken as it is written, and needs nothing to connect to.
  await page.locator("[data-ends-open=to]").click();
  await page.locator("#ends input[type=search]").fill("203.0.113.9:443");
  await page.locator("#ends [data-end='203.0.113.9:443']").click();
  assert.equal(await page.locator("select[name=to]").inputValue(), "203.0.113.9:443");
  assert.equal(await page.locator("input#connect").inputValue(), "");
  assert.deepEqual(problems, []);
  await context.close();
});

test("without JavaScript the search is a page, and its links fill the form", async () => {
  const { context, page, problems } = await openPage(browser, server, { javaScript: false });
  await page.goto(`${server.url}/s/first-service`);
  await page.locator("[data-ends-open=to]").click();
  await page.locator("input[name=q]").fill("idle");
  await page.locator("form[role=search] button").click();
  await page.locator("[data-end='svc/default/idle:80']").click();
  assert.equal(await page.locator("select[name=to]").inputValue(), "svc/default/idle:80");
  assert.equal(await page.locator("[data-recent]").isVisible(), false);
  assert.deepEqual(problems, []);
  await context.close();
});

test("what was sent lately is offered again, in this browser only", async () => {
  const { context, page, problems } = await openPage(browser, server);
  const at = `${server.url}/s/first-service`;
  for (const to of ["web:80", "svc/default/idle:80"]) {
    await page.goto(`${at}/trace?from=pod/default/client&to=${to}&level=all&step=1`);
    await page.locator("#player").waitFor();
  }
  const offered = () => page.locator("[data-recent] a").allInnerTexts();
  assert.deepEqual(await offered(), ["default/client → web:80"]);
  await page.goto(at);
  assert.deepEqual(await offered(), ["default/client → svc/default/idle:80", "default/client → web:80"]);
  await page.locator("[data-recent] a").last().click();
  await page.locator("#player").waitFor();
  assert.match(page.url(), /to=web(:|%3A)80/);
  assert.deepEqual(problems, []);
  await context.close();
  const other = await openPage(browser, server);
  await other.page.goto(at);
  assert.equal(await other.page.locator("[data-recent]").isVisible(), false);
  await other.context.close();
});

test("a scenario in a link is searched like any other", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(`${server.url}/`);
  await page.fill("#manifest", "apiVersion: v1\nkind: Pod\nmetadata: {name: lonely}\nspec: {containers: [{name: c, image: nginx}]}\n");
  await page.locator("[data-view-only]").click();
  assert.equal(await page.locator(".find").first().evaluate((form) => getComputedStyle(form).display), "grid", "the map has its style");
  await page.locator("[data-ends-open=from]").click();
  await page.locator("#ends input[type=search]").fill("lonely");
  await page.waitForFunction(() => document.querySelectorAll("#ends [data-end]").length === 1);
  await page.locator("#ends [data-end='pod/default/lonely']").click();
  assert.equal(await page.locator("select[name=from]").inputValue(), "pod/default/lonely");
  assert.deepEqual(problems, []);
  await context.close();
});

test("a server that does not answer is told, and the page goes on", async () => {
  const { context, page } = await openPage(browser, server);
  await page.goto(`${server.url}/s/first-service/trace?from=pod/default/client&to=web:80&level=all&step=1`);
  await page.locator("#player.live").waitFor();
  const said = page.locator("#unreached");
  assert.equal(await said.isVisible(), false);
  await context.setOffline(true);
  await said.waitFor();
  await said.locator("button").click();
  await page.locator('#scene [data-link="cni0"]').first().click();
  await said.waitFor();
  await page.locator("[data-ends-open=to]").click();
  assert.equal(await page.locator("dialog#ends[open]").count(), 0);
  const before = await page.locator("[data-now]").textContent();
  await page.locator("#player [data-act=next]").click();
  await page.waitForFunction((was) => document.querySelector("[data-now]").textContent !== was, before);
  await context.setOffline(false);
  await said.waitFor({ state: "hidden" });
  await page.locator('#scene [data-link="cni0"]').first().click();
  await page.locator("#inspect [data-detail]").waitFor();
  await context.close();
});
