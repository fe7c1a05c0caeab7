// Time: the bar over the steps, by keys and by presses, with the question and the place kept.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accessibility, live, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

const TRACE = () => `${server.url}/s/rollout/trace?from=pod/default/client&to=web:80&t=12s`;
const now = (page) => page.locator("[data-timebar] [data-now]").innerText();

test("keys and marks go to other moments, the page is swapped, the place stays", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  let loads = 0;
  page.on("load", () => (loads += 1));
  await page.goto(TRACE());
  await live(page);
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/at=connect/);
  const place = new URL(page.url()).searchParams.get("at");
  await page.keyboard.press(".");
  await page.waitForURL(/t=13s/);
  assert.equal(await now(page), "13s");
  assert.equal(new URL(page.url()).searchParams.get("at"), place);
  await live(page);
  await page.locator('[data-mark="1m"] .hit').click();
  await page.waitForURL(/t=1m&/);
  assert.equal(await now(page), "1m");
  assert.match(await page.locator("#crumbs").innerText(), /1m/);
  await live(page);
  await page.keyboard.press(",");
  await page.waitForURL(/t=40s/);
  assert.equal(loads, 1, "the page is swapped, not loaded");
  // In a field the keys are letters.
  await page.locator("#to_text").fill("");
  await page.locator("#to_text").press(".");
  assert.equal(await page.locator("#to_text").inputValue(), ".");
  assert.match(page.url(), /t=40s/);
  await page.locator(".moments summary").click();
  assert.ok((await page.locator(".moments .popover a[data-moment]").count()) > 10);
  // With the switch of the player the keys are off.
  await page.locator('#player [data-act="keys"]').click();
  await page.keyboard.press(".");
  await page.waitForTimeout(300);
  assert.match(page.url(), /t=40s/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("the bar fits, without JavaScript and in every width", async () => {
  for (const [width, height, language, dark] of [[1440, 900, "en", false], [1280, 720, "ko", true], [390, 844, "ko", false]]) {
    for (const path of [TRACE(), `${server.url}/s/rollout?t=14s`]) {
      const { context, page, problems } = await openPage(browser, server, { width, height, language, dark, javaScript: width !== 390 });
      await page.goto(path);
      const bar = await page.locator("[data-timebar]").boundingBox();
      assert.ok(bar.x >= 0 && bar.x + bar.width <= width && bar.height < 110, `${width}: ${JSON.stringify(bar)}`);
      const texts = await page.locator(".timebar .track text").evaluateAll((all) =>
        all.filter((one) => getComputedStyle(one).display !== "none").map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right]));
      assert.ok(texts.length >= 3, `${width}: ${texts.length} times`);
      texts.sort((one, other) => one[0] - other[0]);
      for (let at = 1; at < texts.length; at += 1) assert.ok(texts[at][0] > texts[at - 1][1], `${width}: times overlap at ${texts[at]}`);
      if (width !== 390) assert.deepEqual(await accessibility(page), []);
      if (width === 390) {
        await page.locator('[data-time-step="next"]').click();
        assert.match(page.url(), /t=(13s|16s)/);
      }
      assert.deepEqual(problems, []);
      await context.close();
    }
  }
});
