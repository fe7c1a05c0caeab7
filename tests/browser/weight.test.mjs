// What pages weigh: bytes that are sent, elements that are there, and nothing that moves after it was drawn.
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import assert from "node:assert/strict";
import { live, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";
import { KINDS } from "./pages.mjs";

/** More than four hundred steps. */
const LONG = "/s/proxy-protocol/trace?from=external&to=http://shop.example.com/&connect=ingress&level=all&step=200";
const KIB = 1024;

test("a page sends at most 60 KiB and 30 KiB of scripts, has at most 3,000 elements, and nothing in it jumps", async () => {
  const findings = [];
  for (const [name, path] of [...KINDS, ["trace-long", LONG]]) {
    const { context, page } = await openPage(browser, server, { width: 1280, height: 720 });
    await page.addInitScript(() => {
      window.jumped = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumped += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    const sent = { document: 0, script: 0 };
    const sizes = [];
    // Pages as they were sent; scripts as gzip packs them, whatever the browser prefers.
    page.on("requestfinished", (request) => {
      const kind = request.resourceType();
      if (kind === "document") sizes.push(request.sizes().then((size) => (sent.document += size.responseBodySize)));
      if (kind === "script") sizes.push(request.response().then((answer) => answer.body()).then((body) => (sent.script += gzipSync(body).length)));
    });
    await page.goto(`${server.url}${path}`, { waitUntil: "load" });
    if ((await page.locator("#player").count()) > 0) await live(page);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
    await Promise.all(sizes);
    const elements = await page.evaluate(() => document.querySelectorAll("*").length);
    const jumped = await page.evaluate(() => window.jumped);
    if (sent.document > 60 * KIB) findings.push(`${name}: ${sent.document} bytes`);
    if (sent.script > 30 * KIB) findings.push(`${name}: ${sent.script} bytes of scripts`);
    if (elements > 3000) findings.push(`${name}: ${elements} elements`);
    // While a page still comes its columns may find their heights.
    if (jumped > 0.02) findings.push(`${name}: what was drawn moved, ${jumped}`);
    if (name === "trace-long") {
      assert.ok((await page.locator("#hops li[data-step]").count()) > 400, "it is long");
      // After a walk through it, it is no larger.
      for (let n = 0; n < 30; n += 1) await page.keyboard.press("ArrowRight");
      const later = await page.evaluate(() => document.querySelectorAll("*").length);
      if (later > 3000) findings.push(`${name}: ${later} elements after 30 steps`);
    }
    await context.close();
  }
  assert.deepEqual(findings, []);
});
