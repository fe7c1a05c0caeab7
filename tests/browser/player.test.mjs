// The player as people use it: keys from load on, the packet always in sight, links that keep the step; uploads that fail.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { live, openPage, startBrowser, startServer } from "./harness.mjs";

let server;
/** A server with a small limit: what is too much for it does not take long to send. */
let strict;
let browser;

before(async () => {
  server = await startServer();
  strict = await startServer("--max-body", "1MiB");
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await strict?.stop();
  await server?.stop();
});

const manifests = (replicas) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: sh, image: sh}]}
`;

async function upload(text) {
  const form = new FormData();
  form.set("manifest", text);
  const answer = await fetch(`${server.url}/s`, { method: "POST", body: form, redirect: "manual" });
  return `${server.url}${answer.headers.get("location")}`;
}

const PROBE = "from=pod/default/client&to=web:80";
const FIRST = () => `${server.url}/s/first-service/trace?${PROBE}`;
const step = (page) => page.evaluate(() => Number(new URL(location.href).searchParams.get("step")));

test("arrow keys step from load on, each changes the address at once, and a switch turns them off", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(FIRST());
  for (const [key, wanted] of [["ArrowRight", 2], ["ArrowRight", 3], ["ArrowLeft", 2], ["Home", 1]]) {
    await page.keyboard.press(key);
    assert.equal(await step(page), wanted, key);
    assert.equal(await page.locator('li[aria-current="step"]').getAttribute("data-step"), String(wanted));
  }
  assert.match(page.url(), /from=pod\/default\/client&to=web:80&step=1$/, "the rest of the address stays as it was");
  // Never while a form field has the focus.
  await page.locator("#to_text").focus();
  await page.keyboard.type("web:80");
  for (const key of ["ArrowLeft", "ArrowRight", "Home", "End"]) await page.keyboard.press(key);
  await page.locator("#from").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await step(page), 1);
  // With a modifier they are the browser's.
  await page.locator("h1").click();
  await page.keyboard.press("Shift+ArrowRight");
  assert.equal(await step(page), 1);
  await page.locator('[data-act="keys"]').click();
  await page.locator("h1").click();
  await page.keyboard.press("ArrowRight");
  assert.equal(await step(page), 1, "switched off");
  await page.reload();
  await page.keyboard.press("ArrowRight");
  assert.equal(await step(page), 1, "and so it stays");
  await page.locator('[data-act="keys"]').click();
  await page.keyboard.press("ArrowRight");
  assert.equal(await step(page), 2);
  assert.deepEqual(problems, []);
  await context.close();
});

/** Where the packet is on the screen, and whether a person sees it there: in the picture, below the player. */
const sight = (page) =>
  page.evaluate(() => {
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    const [packet, figure, player] = [box("#scene .packet"), box("#scene"), box("#player")];
    const [x, y] = [packet.x + packet.width / 2, packet.y + packet.height / 2];
    const seen =
      y > Math.max(figure.top, player.bottom) && y < Math.min(figure.bottom, innerHeight) &&
      x > Math.max(figure.left, 0) && x < Math.min(figure.right, innerWidth);
    return { x, y, seen };
  });

for (const [width, height] of [[1440, 900], [1280, 720], [390, 844]]) {
  for (const follow of [false, true]) {
    test(`the packet is in sight at every step at ${width}×${height}${follow ? ", followed" : ""}`, async () => {
      const { context, page, problems } = await openPage(browser, server, { width, height });
      await page.goto(`${await upload(manifests(10))}/trace?${PROBE}&step=1`);
      const last = await page.locator("li[data-step]").count();
      const button = page.locator('[data-act="follow"]');
      if (((await button.getAttribute("aria-pressed")) === "true") !== follow) await button.click();
      const lost = [];
      for (let n = 2; n <= last; n += 1) {
        await page.keyboard.press("ArrowRight");
        const { x, y, seen } = await sight(page);
        if (!seen) lost.push(`step ${n} at ${Math.round(x)},${Math.round(y)}`);
      }
      assert.deepEqual(lost, []);
      // An address of a step shows it at once.
      await page.goto(page.url().replace(/step=\d+/, `step=${Math.round(last / 3)}`));
      assert.ok((await sight(page)).seen, "opened at a step");
      assert.deepEqual(problems, []);
      await context.close();
    });
  }
}

test("with motion the packet is in sight where it comes to rest", async () => {
  const { context, page } = await openPage(browser, server, { width: 1280, height: 720, reducedMotion: "no-preference" });
  await page.goto(`${FIRST()}&step=1`);
  for (let n = 2; n <= 10; n += 1) {
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(900);
    assert.ok((await sight(page)).seen, `step ${n}`);
  }
  await context.close();
});

test("links to other ways, languages and colours keep the step that the player shows", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(FIRST());
  for (let n = 0; n < 6; n += 1) await page.keyboard.press("ArrowRight");
  await page.locator(".prefs a[hreflang=ko]").click();
  await page.locator("html[lang=ko]").waitFor();
  await live(page);
  assert.equal(await step(page), 7);
  await page.keyboard.press("ArrowRight");
  await page.locator(".prefs a.theme").click();
  await page.locator("html[data-theme=dark]").waitFor();
  await live(page);
  assert.equal(await step(page), 8);
  await page.keyboard.press("ArrowRight");
  const other = page.locator("a[data-branch]:not([aria-current])").first();
  const way = await other.getAttribute("title");
  await other.click();
  await page.locator(`a[data-branch][aria-current][title="${way}"]`).waitFor();
  assert.equal(await page.locator('li[aria-current="step"]').getAttribute("data-step"), "9");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator('li[aria-current="step"]').getAttribute("data-step"), "10", "one player steps, not two");
  await page.waitForFunction(() => location.href.includes("step=10"));
  assert.match(page.url(), /choose=endpoint/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("many ways leave the heading its place", async () => {
  for (const replicas of [5, 12, 100]) {
    const address = `${await upload(manifests(replicas))}/trace?${PROBE}`;
    for (const [width, height] of [[1440, 900], [1280, 720], [390, 844]]) {
      const { context, page } = await openPage(browser, server, { width, height });
      await page.goto(address);
      const heading = await page.locator("h1").boundingBox();
      const player = await page.locator("#player").boundingBox();
      assert.ok(heading.height < 70, `${replicas} at ${width}: the heading is ${heading.height} high`);
      assert.ok(player.y < height - 150, `${replicas} at ${width}: the player begins at ${player.y}`);
      assert.equal(await page.locator("a[data-branch]").count(), replicas);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0);
      await context.close();
    }
  }
});

test("a hundred replicas stay a small page that says what it hides", async () => {
  const at = await upload(manifests(100));
  for (const address of [at, `${at}/trace?from=pod/default/client&to=svc/default/web:80`]) {
    const { context, page, problems } = await openPage(browser, server);
    await page.goto(address);
    const elements = () => page.evaluate(() => document.querySelectorAll("*").length);
    assert.ok((await elements()) <= 1500, `${address}: ${await elements()} elements`);
    assert.match(await page.locator("#scene").textContent(), /of 104 Pods shown/);
    if (address !== at) {
      for (let n = 0; n < 12; n += 1) await page.keyboard.press("ArrowRight");
      assert.ok((await elements()) <= 1500, `after steps: ${await elements()} elements`);
      assert.equal(await page.locator("[data-step-detail]:not([hidden]) .where").count(), 1, "the step is told");
    }
    assert.deepEqual(problems, []);
    await context.close();
  }
});

test("a proven fix is tried with one press, and the same packet gets through", async () => {
  for (const javaScript of [true, false]) {
    const { context, page, problems } = await openPage(browser, server, { javaScript });
    const broken = manifests(3).replace("ports: [{port: 80}]}\n---", "ports: [{port: 80, targetPort: 8080}]}\n---");
    await page.goto(`${await upload(broken)}/trace?from=pod/default/client&to=svc/default/web:80`);
    assert.equal(await page.locator("[data-outcome]").getAttribute("data-result"), "refused");
    await page.locator("[data-fix] form [data-try]").first().click();
    await page.locator('[data-outcome][data-result="ok"]').waitFor();
    assert.match(await page.locator(".crumbs").innerText(), /changed/);
    assert.deepEqual(problems, []);
    await context.close();
  }
});

test("a picture opened by itself has its colours", async () => {
  for (const dark of [false, true]) {
    const { context, page, problems } = await openPage(browser, server, { dark });
    await page.goto(`${FIRST().replace("/trace?", "/trace.svg?")}&step=9`);
    const colour = (selector) => page.evaluate((one) => getComputedStyle(document.querySelector(one)).fill, selector);
    assert.equal(await colour(".paper"), dark ? "rgb(18, 23, 29)" : "rgb(253, 253, 251)");
    assert.notEqual(await colour(".node"), "rgb(0, 0, 0)");
    assert.deepEqual(problems, []);
    await context.close();
  }
});

for (const javaScript of [true, false]) {
  test(`what is wrong with an upload is told, and what was pasted stays, JavaScript ${javaScript}`, async () => {
    const { context, page } = await openPage(browser, strict, { javaScript });
    // What was pasted has no object that could be used either.
    const pasted = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: [x\n";
    const files = {
      "korean.yaml": [Buffer.from([0x61, 0x3a, 0x20, 0xc6, 0xc4]), /korean\.yaml:1:4: /],
      "large.yaml": [Buffer.alloc(3 << 19, "#"), /1 MiB; this one has 1\.6 MiB/],
    };
    for (const [name, [buffer, told]] of Object.entries(files)) {
      await page.goto(strict.url);
      await page.locator('textarea[name="manifest"]').fill(pasted);
      await page.locator('#files').setInputFiles([{ name, mimeType: "application/yaml", buffer }]);
      await page.locator("form[data-upload] button[type=submit]:not([data-view-only])").click();
      await page.locator("[data-refusal]").waitFor();
      const text = await page.locator("[data-refusal]").innerText();
      assert.match(text, told);
      assert.doesNotMatch(text, /fault|whoever runs/);
      assert.equal(await page.locator('textarea[name="manifest"]').inputValue(), pasted);
    }
    await context.close();
  });
}
