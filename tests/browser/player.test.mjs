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
const FIRST = () => `${server.url}/s/first-service/trace?${PROBE}&level=all`;
const step = (page) => page.evaluate(() => Number(new URL(location.href).searchParams.get("step")));

test("arrow keys step from load on, each changes the address at once, and a switch turns them off", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(FIRST());
  for (const [key, wanted] of [["ArrowRight", 2], ["ArrowRight", 3], ["ArrowLeft", 2], ["Home", 1]]) {
    await page.keyboard.press(key);
    assert.equal(await step(page), wanted, key);
    assert.equal(await page.locator('li[aria-current="step"]').getAttribute("data-step"), String(wanted));
  }
  assert.match(page.url(), /from=pod\/default\/client&to=web:80&level=all&at=dns\/pod\/default\/client\/socket&step=1$/, "the rest of the address stays as it was");
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
      await page.goto(`${await upload(manifests(10))}/trace?${PROBE}&level=all&step=1`);
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

const story = () => `${server.url}/s/first-service/trace?${PROBE}`;

test("a trace opens as a story: arrows go from beat to beat, digits to a beat, n and p to changes of the header", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(story());
  const beats = await page.locator("#hops > li.beat").evaluateAll((all) => all.map((beat) => Number(beat.dataset.step)));
  assert.ok(beats.length >= 5 && beats.length <= 8, `${beats}`);
  const current = () => page.locator('#hops li[aria-current="step"]').getAttribute("data-step").then(Number);
  for (const wanted of beats.slice(1)) {
    await page.keyboard.press("ArrowRight");
    assert.equal(await step(page), wanted);
    assert.equal(await current(), wanted);
    assert.ok((await sight(page)).seen, `step ${wanted}`);
  }
  await page.keyboard.press("ArrowRight");
  assert.equal(await step(page), beats.at(-1), "the last beat is the last stop");
  await page.keyboard.press("3");
  assert.equal(await step(page), beats[2]);
  const [address] = [new URL(page.url())];
  assert.match(address.searchParams.get("at"), /^connect\/node-a\/PREROUTING/, "the address says what the step is");
  // The header changes here; the next change is where the answer is translated back.
  const from = await step(page);
  await page.keyboard.press("n");
  assert.ok((await step(page)) > from);
  await page.keyboard.press("p");
  assert.equal(await step(page), from);
  await page.keyboard.press("?");
  assert.ok(await page.locator("dialog.keys-help[open]").isVisible());
  await page.keyboard.press("ArrowRight");
  assert.equal(await step(page), from, "keys that are read about do nothing");
  await page.keyboard.press("Escape");
  // Every step is there, folded; a step within a beat is shown as well.
  const inner = page.locator("#hops > li.beat details").first();
  await inner.locator("summary").click();
  await inner.locator("li[data-step] a").nth(4).click();
  assert.equal(await step(page), 5);
  assert.equal(await page.locator('li[aria-current="step"]').count(), 1);
  assert.deepEqual(problems, []);
  await context.close();
});

test("level, branch and language keep the place", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(`${story()}&choose=endpoint=10.244.1.2:8080`);
  await page.keyboard.press("3");
  const place = new URL(page.url()).searchParams.get("at");
  for (const level of ["hops", "all", "story"]) {
    await page.locator("a[data-level-link]").nth(["story", "hops", "all"].indexOf(level)).click();
    await page.locator(`#player[data-level="${level}"]`).waitFor();
    await live(page);
    assert.equal(new URL(page.url()).searchParams.get("at"), place, level);
  }
  await page.locator(".prefs a[hreflang=ko]").click();
  await page.locator("html[lang=ko]").waitFor();
  await live(page);
  assert.equal(new URL(page.url()).searchParams.get("at"), place);
  // On another way the same place may be another number.
  await page.locator("a[data-branch]:not([aria-current])").first().click();
  await page.waitForFunction(() => !location.href.includes("choose=endpoint%3D10.244.1.2") && !location.href.includes("choose=endpoint=10.244.1.2"));
  await live(page);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  assert.equal(new URL(page.url()).searchParams.get("at"), place, "another endpoint, the same place");
  assert.deepEqual(problems, []);
  await context.close();
});

test("header, bar, player, picture and text are one screen", async () => {
  const broken = await upload(manifests(3).replace("ports: [{port: 80}]}\n---", "ports: [{port: 80, targetPort: 8080}]}\n---"));
  const ten = await upload(manifests(10));
  for (const address of [story(), `${broken}/trace?${PROBE}`, `${ten}/trace?${PROBE}`]) {
    for (const [width, height] of [[1280, 720], [1440, 900]]) {
      const { context, page } = await openPage(browser, server, { width, height });
      await page.goto(address);
      const box = (selector) => page.locator(selector).first().boundingBox();
      const [bar, stage, hops, scene] = [await box(".trace-head"), await box(".stage"), await box(".hops"), await box("#scene")];
      assert.ok(bar.height <= 64, `${address} at ${width}: the bar is ${bar.height} high`);
      assert.ok(stage.y + stage.height <= height, `${address} at ${width}: the stage ends at ${stage.y + stage.height}`);
      assert.ok(hops.height >= 120 && hops.y + hops.height <= height, `${address} at ${width}: the list is ${JSON.stringify(hops)}`);
      assert.ok(scene.height >= 400, `${address} at ${width}: the picture is ${scene.height} high`);
      await context.close();
    }
  }
  // On a phone controls, picture and the sentence are above the fold.
  const { context, page } = await openPage(browser, server, { width: 390, height: 844 });
  await page.goto(story());
  const sentence = await page.locator("[data-step-detail]:not([hidden]) h2").boundingBox();
  assert.ok(sentence.y + sentence.height <= 844, `the sentence ends at ${sentence.y + sentence.height}`);
  assert.ok((await sight(page)).seen);
  await context.close();
});

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
    const address = `${await upload(manifests(replicas))}/trace?${PROBE}&level=all`;
    for (const [width, height] of [[1440, 900], [1280, 720], [390, 844]]) {
      const { context, page } = await openPage(browser, server, { width, height });
      await page.goto(address);
      const heading = await page.locator("h1").boundingBox();
      const player = await page.locator("#player").boundingBox();
      assert.ok(heading.height < 70, `${replicas} at ${width}: the heading is ${heading.height} high`);
      assert.ok(player.y < height - 150, `${replicas} at ${width}: the player begins at ${player.y}`);
      assert.equal(await page.locator("a[data-branch]").count(), replicas);
      await page.locator(".branches .menu > summary").click();
      const menu = await page.locator(".branches .popover").boundingBox();
      assert.ok(menu.x >= 0 && menu.x + menu.width <= width, `${replicas} at ${width}: the menu lies at ${menu.x}`);
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
