// What leaves the page of a trace: the list without JavaScript, the animated picture under its own policy.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accessibility, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

const probe = "from=pod/default/client&to=web:80";
const STEP = 1100;

for (const [language, width, dark] of [["en", 1440, false], ["ko", 390, true]]) {
  test(`the list opens without JavaScript, ${language}, ${width} px`, async () => {
    const { context, page, problems } = await openPage(browser, server, { javaScript: false, language, width, dark });
    await page.goto(`${server.url}/s/first-service/trace?${probe}&step=9`);
    const png = page.locator("[data-exports] a[data-png]");
    assert.equal(await png.isVisible(), false);
    await page.locator("[data-exports] > summary").click();
    assert.equal(await png.isVisible(), true);
    for (const link of await page.locator("[data-exports] > ul > li > a").all()) {
      const box = await link.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width, "inside the page");
    }
    assert.deepEqual(problems, []);
    await context.close();
  });
}

test("the list has no barriers, and its links keep to the step that is seen", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(`${server.url}/s/first-service/trace?${probe}&step=9`);
  await page.locator("[data-exports] > summary").click();
  await page.locator("[data-exports] details > summary").click();
  assert.deepEqual(await accessibility(page), []);
  await page.keyboard.press("Escape");
  await page.locator("#player").focus();
  await page.keyboard.press("ArrowRight");
  // They follow with the address, a moment after the step.
  await page.waitForURL(/step=10\b/);
  for (const code of ["svg", "animated", "png"]) {
    const href = await page.locator(`[data-exports] a[data-${code}]`).getAttribute("href");
    assert.match(href, /step=10\b/, code);
  }
  assert.deepEqual(problems, []);
  await context.close();
});

/** What is seen of an animation at a moment: the caption, and how the packet looks. */
const seen = (page, moment) =>
  page.evaluate((moment) => {
    for (const animation of document.getAnimations()) {
      animation.pause();
      animation.currentTime = moment;
    }
    const visible = (element) => getComputedStyle(element).visibility === "visible";
    const captions = [...document.querySelectorAll(".caption")].filter(visible);
    const packets = [...document.querySelectorAll(".packet")].filter(visible);
    return { captions: captions.map((one) => one.textContent), packets: packets.map((one) => one.getAttribute("class").split(" v ")[0]) };
  }, moment);

test("an animation shows each step in its time, under its own policy", async () => {
  const { context, page, problems, requests } = await openPage(browser, server, { reducedMotion: "no-preference" });
  await page.goto(`${server.url}/s/first-service/trace.svg?from=pod/default/client&to=idle:80&animated=1`);
  assert.equal(requests.length, 1, "it needs nothing else");
  const stills = await openPage(browser, server);
  for (const step of [1, 2, 9, 20]) {
    const { captions, packets } = await seen(page, (step - 1) * STEP + STEP * 0.9);
    assert.equal(captions.length, 1);
    assert.ok(captions[0].startsWith(`Step ${step} of `), captions[0]);
    assert.deepEqual(packets, ["packet"]);
    await stills.page.goto(`${server.url}/s/first-service/trace.svg?from=pod/default/client&to=idle:80&step=${step}`);
    const rests = await stills.page.evaluate(() => {
      const [x, y] = document.querySelector(".packet").getAttribute("transform").match(/-?\d+/g).map(Number);
      return [x, y];
    });
    const [x, y] = await page.evaluate(() => {
      const { e, f } = new DOMMatrix(getComputedStyle(document.querySelector(".way")).transform);
      return [e, f];
    });
    assert.ok(Math.abs(x - rests[0]) < 1 && Math.abs(y - rests[1]) < 1, `step ${step}: ${[x, y]} and ${rests}`);
  }
  // Its end: the packet was refused, and stays so.
  const end = await seen(page, await page.evaluate(() => document.getAnimations()[0].effect.getTiming().duration - 10));
  assert.match(end.captions[0], /^Step (\d+) of \1/);
  assert.deepEqual(problems.concat(stills.problems), []);
  await stills.context.close();
  await context.close();
});

test("who wants no motion sees one step", async () => {
  const { context, page, problems } = await openPage(browser, server, { reducedMotion: "reduce" });
  await page.goto(`${server.url}/s/first-service/trace.svg?${probe}&animated=1&step=42`);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  const { captions, packets } = await seen(page, 0);
  assert.ok(captions.length === 1 && captions[0].startsWith("Step 42 of "), String(captions));
  assert.equal(packets.length, 1);
  assert.deepEqual(problems, []);
  await context.close();
});
