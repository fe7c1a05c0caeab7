// The rule view as a learner goes through it: from a step to its chain, its Service and its line; wide and narrow, light and dark.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accessibility, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

const trace = "/s/first-service/trace?from=pod/default/client&to=svc/default/web:80&level=all&step=2";

for (const language of ["en", "ko"]) {
  for (const [width, dark] of [[1440, false], [390, true]]) {
    test(`from a step to chain, Service and line, ${language}, ${width} px`, async () => {
      const { context, page, problems } = await openPage(browser, server, { language, width, dark });
      await page.goto(`${server.url}${trace}&lang=${language}`);
      const link = page.locator('[data-step-detail] a[data-open-chain][href*="chain=KUBE-SERVICES"][href*="n="]').first();
      // What is told of a step is there once it was shown.
      for (let n = 1; n < 30 && (await link.count()) === 0; n += 1) await page.keyboard.press("ArrowRight");
      await page.goto(new URL(await link.getAttribute("href"), server.url).href);
      const matched = page.locator('.rule-list li[aria-current="true"]');
      assert.equal(await matched.count(), 1);
      await matched.waitFor();
      const box = await matched.boundingBox();
      assert.ok(box.y >= 0 && box.y < 900, "the matched rule is jumped to");
      // Folded rules open by keyboard.
      const fold = page.locator("details[data-fold]").first();
      assert.equal(await fold.locator("li").first().isVisible(), false);
      await fold.locator("summary").focus();
      await page.keyboard.press("Enter");
      assert.equal(await fold.locator("li").first().isVisible(), true);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `the page is ${wide} px too wide`);
      assert.deepEqual(await accessibility(page), []);
      await matched.locator("a[data-service]").click();
      assert.match(page.url(), /\/service\?ns=default&name=web&port=0/);
      assert.ok((await page.locator(".rule-list li").count()) > 10);
      assert.deepEqual(await accessibility(page), []);
      await page.locator("a[data-line]").first().click();
      await page.locator(".ln.hit").waitFor();
      assert.deepEqual(await accessibility(page), []);
      assert.deepEqual(problems, []);
      await context.close();
    });
  }
}

test("search finds a Service and leads to the rule", async () => {
  const { context, page, problems } = await openPage(browser, server, { javaScript: false });
  await page.goto(`${server.url}/s/first-service/rules?node=node-a`);
  await page.locator('input[name="q"]').fill("default/web");
  await page.locator('form[role="search"] button').click();
  await page.locator('.rule-list a[href*="KUBE-SERVICES"]').first().click();
  assert.equal(await page.locator('.rule-list li[aria-current="true"]').count(), 1);
  assert.deepEqual(problems, []);
  await context.close();
});
