// Lighthouse over home, the ready scenario and its trace: accessibility, best practices and SEO 100, performance at least 98 (median of three,
// as on a phone on a slow line), nothing that moves; on a desktop the largest part is painted within a second. Not beside other tests: what it
// measures is time. A machine that is busy costs a round, not the test: up to five may be needed.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";
import { browserFlags, startServer } from "./harness.mjs";

const PAGES = ["/", "/s/first-service", "/s/first-service/trace?from=pod/default/client&to=web:80"];
const ROUNDS = 5;

let server;
let chrome;

before(async () => {
  server = await startServer();
  chrome = await launch({ chromePath: process.env.CHROMIUM ?? "/usr/bin/chromium", chromeFlags: browserFlags, ignoreDefaultFlags: true });
});

after(async () => {
  chrome?.kill();
  await server?.stop();
});

/** A run; one that could not be made, since something took too long, is made again, twice at most. */
async function run(path, config, left = 2) {
  const { lhr } = await lighthouse(`${server.url}${path}`, { port: chrome.port, logLevel: "silent" }, config);
  const missing = Object.values(lhr.categories).some(({ score }) => score === null);
  if (missing && left > 0) return run(path, config, left - 1);
  assert.ok(!missing, `no score: ${lhr.runtimeError?.message}, ${lhr.runWarnings}`);
  const score = (name) => Math.round(lhr.categories[name].score * 100);
  const lost = Object.values(lhr.categories).flatMap((category) => category.auditRefs)
    .filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 1)
    .map(({ id }) => `${id} ${lhr.audits[id].displayValue ?? lhr.audits[id].score}`);
  return {
    performance: score("performance"),
    rest: ["accessibility", "best-practices", "seo"].map((name) => [name, score(name)]),
    paint: lhr.audits["largest-contentful-paint"].numericValue,
    shift: lhr.audits["cumulative-layout-shift"].numericValue,
    lost,
  };
}

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

for (const path of PAGES) {
  test(`Lighthouse: ${path}`, async (context) => {
    let told;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const runs = [await run(path), await run(path), await run(path)];
      const desktop = await run(path, desktopConfig);
      // What is no matter of time is so in every run.
      for (const one of [...runs, desktop]) {
        for (const [name, score] of one.rest) assert.equal(score, 100, `${name}: ${one.lost.join(", ")}`);
        // Of a pixel that rounding moves Lighthouse prints 0, too.
        assert.ok(one.shift < 0.0005, `what was drawn moved: ${one.shift}`);
      }
      const performance = median(runs.map((one) => one.performance));
      told = `performance ${runs.map((one) => one.performance)} (phone), ${desktop.performance} (desktop); largest paint ${Math.round(desktop.paint)} ms (desktop); ${runs[0].lost.join(", ")}`;
      context.diagnostic(`round ${round}: ${told}`);
      if (performance >= 98 && desktop.paint <= 1000) return;
    }
    assert.fail(told);
  });
}
