// Links that carry their scenario: made, opened, stepped through, asked further; nothing but /view is asked, and it works after a reload.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

const shop = `
{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: Pl4nted}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: sh}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
`;

const views = (requests) => requests.filter((url) => new URL(url).pathname === "/view").length;
const strays = (requests) => requests.filter((url) => new URL(url).pathname.startsWith("/s/view"));

/** The link that stores nothing, made on the page of a trace. */
async function carried(page) {
  await page.goto(`${server.url}/`);
  await page.fill("#manifest", shop);
  await page.click("form[data-upload] button[type=submit]:not([data-view-only])");
  await page.waitForURL(/\/s\/[^/]+$/);
  await page.goto(`${page.url()}/trace?from=pod/default/client&to=web:80&level=all&step=5`);
  await page.click("details.share summary");
  await page.click("[data-carry]");
  await page.waitForSelector("[data-irrevocable]");
  return new URL(await page.getAttribute("[data-share-link]", "href"), server.url).href;
}

for (const language of ["en", "ko"]) {
  test(`a link that stores nothing is made and opened (${language})`, async () => {
    const made = await openPage(browser, server, { language });
    const link = await carried(made.page);
    assert.match(link, /\/view#v1\.[\w-]+\/trace\?from=/);
    assert.deepEqual(await accessibility(made.page), []);
    assert.deepEqual(made.problems, []);
    await made.context.close();

    const { context, page, problems, requests } = await openPage(browser, server, { language });
    await page.goto(link);
    await page.waitForSelector("#player [data-act=play]:not([hidden])");
    assert.match(await page.textContent("[data-now]"), /^5 \/ /, "at the step that was shared");
    assert.ok(!(await page.content()).includes("Pl4nted"));
    // Stepping makes no request, and the address follows.
    const asked = requests.length;
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => /^6 \//.test(document.querySelector("[data-now]").textContent));
    await page.waitForURL(/\/view#v1\.[\w-]+\/trace\?.*step=6$/);
    await page.click("li[data-step='8'] a");
    await page.waitForFunction(() => /^8 \//.test(document.querySelector("[data-now]").textContent));
    assert.equal(requests.length, asked, "no request");
    // Another probe, back again, a reload: all from the address.
    await page.selectOption("#from", "pod/default/web");
    await page.click("form[data-probe] button[type=submit]");
    await page.waitForFunction(() => location.hash.includes("from=pod%2Fdefault%2Fweb") && document.querySelector("h1").textContent.includes("default/web"));
    await page.goBack();
    await page.waitForFunction(() => document.querySelector("h1").textContent.includes("default/client"));
    await page.reload();
    await page.waitForSelector("#player [data-act=play]:not([hidden])");
    assert.match(await page.textContent("[data-now]"), /^8 \/ /);
    // A rule beside the picture, its line, and the way to the scenario.
    const kernel = page.locator("[data-step-detail]:not([hidden]) .kernel a").first();
    for (let n = 0; n < 40 && (await kernel.count()) === 0; n += 1) await page.keyboard.press("ArrowRight");
    // It may be folded: a rule that did not decide.
    await page.evaluate(() => document.querySelectorAll(".details details").forEach((fold) => (fold.open = true)));
    await kernel.click();
    await page.waitForSelector("#inspect :first-child");
    await page.keyboard.press("Escape");
    await page.click("[data-exports] > summary");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(".downloads a[href*='trace.json']")]);
    assert.equal(download.suggestedFilename(), "trace.json");
    await page.click("nav.crumbs a");
    await page.waitForSelector("body.scenario form[data-probe]");
    assert.deepEqual(await accessibility(page), []);
    // In the other language, with the same scenario.
    const other = language === "en" ? "ko" : "en";
    await page.click(`.prefs a[hreflang=${other}]`);
    await page.waitForSelector(`html[lang=${other}] body.scenario form[data-probe]`);
    assert.deepEqual(strays(requests), [], "nothing asks for an address that is not there");
    assert.ok(views(requests) > 4);
    assert.deepEqual(problems, []);
    await context.close();
  });
}

test("what was not redacted before is redacted in the address, and files can be viewed without being stored", async () => {
  const { context, page, problems, requests } = await openPage(browser, server);
  await page.goto(`${server.url}/`);
  await page.fill("#manifest", shop);
  await page.click("[data-view-only]");
  await page.waitForSelector("body.scenario form[data-probe]");
  const packed = await page.evaluate(async () => {
    const text = location.hash.match(/^#v1\.([\w-]+)/)[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
  });
  assert.ok(packed.includes("kind: Secret") && !packed.includes("Pl4nted"), packed);
  assert.ok(!requests.some((url) => new URL(url).pathname === "/s"), "nothing was uploaded");
  assert.deepEqual(problems, []);
  await context.close();
});

test("without JavaScript the page says what is needed; a broken link says what is wrong", async () => {
  const plain = await openPage(browser, server, { javaScript: false });
  await plain.page.goto(`${server.url}/view#v1.AAAA`);
  assert.match(await plain.page.textContent("main"), /needs JavaScript/);
  await plain.context.close();
  const { context, page } = await openPage(browser, server);
  await page.goto(`${server.url}/view#v1.AAAA`);
  await page.waitForFunction(() => /missing or was changed/.test(document.querySelector("main").textContent));
  await page.goto(`${server.url}/view#`);
  await page.goto(`${server.url}/view`);
  await page.waitForFunction(() => /no scenario in this address/.test(document.querySelector("main").textContent));
  await context.close();
});
