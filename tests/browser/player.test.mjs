// The player as people use it: keys from load on, the packet always in sight, links that keep the step; uploads that fail.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { live, openPage, partShown, startServer } from "./harness.mjs";
import { browser, server } from "./running.mjs";

/** A server with a small limit: what is too much for it does not take long to send. */
let strict;

before(async () => {
  strict = await startServer("--max-body", "1MiB");
});

after(async () => {
  await strict?.stop();
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
/** The step that the address says, when it has caught up with the picture. */
const step = async (page) => {
  const same = () => new URL(location.href).searchParams.get("step") === document.getElementById("player").dataset.step;
  await page.waitForFunction(same, undefined, { timeout: 4000 });
  return page.evaluate(() => Number(new URL(location.href).searchParams.get("step")));
};

test("arrow keys step from load on, each changes the address a moment later, and a switch turns them off", async () => {
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

/** Where the packet is on the screen, whether a person sees it there, and whether it is in the middle 60 % of the picture. */
const sight = (page) =>
  page.evaluate(() => {
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    const [packet, figure, player] = [box("#scene .packet .dot"), box("#scene"), box("#player")];
    const [x, y] = [packet.x + packet.width / 2, packet.y + packet.height / 2];
    const seen =
      y > Math.max(figure.top, player.bottom) && y < Math.min(figure.bottom, innerHeight) &&
      x > Math.max(figure.left, 0) && x < Math.min(figure.right, innerWidth);
    const middle = Math.abs(x - figure.x - figure.width / 2) <= figure.width * 0.3 && Math.abs(y - figure.y - figure.height / 2) <= figure.height * 0.3;
    return { x, y, seen, middle };
  });

const SIZES = [[1440, 900], [1280, 720], [768, 1024], [390, 844]];
/** Sets a mode of the camera. */
const mode = async (page, name) => {
  const button = page.locator(`[data-act="${name}"]`);
  if ((await button.getAttribute("aria-pressed")) !== "true") await button.click();
};

/** Where the packet is at every step, told by the player itself: which steps are not in the middle, which are not seen. */
const throughout = (page) =>
  page.evaluate(async () => {
    const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const [lost, unseen] = [[], []];
    press("Home");
    // By the numbers that place it, not by asking where things are: that would lay the page out at every step.
    const figure = document.getElementById("scene").getBoundingClientRect();
    const [svg, packet] = [document.querySelector("#scene > svg"), document.querySelector("#scene .packet")];
    for (let last = -1, n = 0; n !== last && n < 2000; ) {
      last = n;
      const [vx, vy, vw, vh] = window.partShown(figure);
      const [px, py] = packet.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
      const [dx, dy] = [(px - vx - vw / 2) / vw, (py - vy - vh / 2) / vh];
      const at = `${n}: ${dx.toFixed(2)},${dy.toFixed(2)}`;
      if (Math.abs(dx) > 0.3 || Math.abs(dy) > 0.3) lost.push(at);
      if (Math.abs(dx) > 0.5 || Math.abs(dy) > 0.5) unseen.push(at);
      press("ArrowRight");
      n = Number(document.getElementById("player").dataset.step);
    }
    if (!svg.style.transform && Math.abs(svg.getBoundingClientRect().width - figure.width) > 4) lost.push("the picture does not fill its frame");
    return { lost, unseen };
  });

/** The first trace of every ready scenario, every step told. */
const readyTraces = async () => {
  const home = await (await fetch(server.url)).text();
  const all = [...home.matchAll(/data-ready-scenario href="([^"]+)"/g)].map(([, href]) => href.replaceAll("&#38;", "&"));
  return [...new Set(all)].filter((href) => href.includes("/trace?")).map((href) => `${server.url}${href}&level=all`);
};

/** With `KUBEHOP_TEST_FULL=1` all sizes for every scenario, and as a whole too; else each scenario at one size, in turn. */
const ALL = process.env.KUBEHOP_TEST_FULL === "1";

test("followed, the packet is in the middle 60 % at every step of every ready scenario", async () => {
  const traces = await readyTraces();
  assert.ok(traces.length >= 20, `${traces.length}`);
  const { context, page, problems } = await openPage(browser, server);
  for (const [index, address] of traces.entries()) {
    // Without everything every other one.
    if (!ALL && index % 2 === 1) continue;
    await page.goto(address);
    if ((await page.locator("#player").count()) === 0) continue;
    await live(page);
    for (const [width, height] of ALL || index === 0 ? SIZES : [SIZES[index % SIZES.length]]) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      await mode(page, "follow");
      const { lost } = await throughout(page);
      assert.deepEqual(lost, [], `${address} at ${width}×${height}`);
      if (!ALL) continue;
      await mode(page, "fit");
      const { unseen } = await throughout(page);
      assert.deepEqual(unseen, [], `${address} at ${width}×${height}, as a whole`);
    }
  }
  assert.deepEqual(problems, []);
  await context.close();
});

test("wheel, drag and keys move the picture; a drag chooses nothing; following and everything come back", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(FIRST());
  await live(page);
  const view = () => page.evaluate(() => window.partShown());
  const scene = await page.locator("#scene").boundingBox();
  const [x, y] = [scene.x + 300, scene.y + 250];
  await page.keyboard.press("0");
  const [, , whole] = await view();
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -300);
  await page.waitForFunction((before) => window.partShown()[2] < before * 0.8, whole);
  assert.ok(await page.locator(".minimap").isVisible(), "what is not shown is in the small picture");
  const before = await view();
  await page.mouse.down();
  await page.mouse.move(x - 120, y - 60, { steps: 4 });
  await page.mouse.up();
  const after = await view();
  assert.ok(after[0] > before[0] && after[1] > before[1], `${before} → ${after}`);
  assert.equal(page.url().split("?")[0], `${server.url}/s/first-service/trace`, "nothing was chosen");
  await page.keyboard.press("Shift+ArrowRight");
  assert.ok((await view())[0] > after[0]);
  assert.equal(await page.locator('li[aria-current="step"]').getAttribute("data-step"), "1", "the step stays");
  await page.keyboard.press("z");
  assert.ok((await view())[2] < after[2]);
  await page.keyboard.press("Shift+Z");
  const small = await page.locator(".minimap").boundingBox();
  const here = await view();
  await page.mouse.click(small.x + small.width - 8, small.y + small.height - 8);
  assert.ok((await view())[0] > here[0], "the small picture leads there");
  await page.keyboard.press("f");
  assert.ok((await sight(page)).middle);
  await page.keyboard.press("0");
  assert.ok(!(await page.locator(".minimap").isVisible()), "everything is shown");
  // What was moved by hand stays as large, and the packet comes into sight.
  await page.keyboard.press("z");
  await page.keyboard.press("z");
  await page.keyboard.press("z");
  const [, , chosen] = await view();
  for (let n = 0; n < 12; n += 1) await page.keyboard.press("ArrowRight");
  assert.ok((await sight(page)).seen);
  assert.ok(Math.abs((await view())[2] - chosen) < 1, "as large as it was");
  await page.keyboard.press("0");
  // Zoomed out as far as it goes the wheel is the page's.
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, 200);
  await page.waitForFunction(() => scrollY > 0);
  assert.deepEqual(problems, []);
  await context.close();
});

test("on a phone a finger swipes from stop to stop, two zoom, and the list is a sheet", async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.addInitScript(partShown);
  await page.goto(story());
  await live(page);
  const scene = await page.locator("#scene").boundingBox();
  const [x, y] = [scene.x + scene.width / 2, scene.y + scene.height / 2];
  const touch = await context.newCDPSession(page);
  const fingers = (type, ...points) => touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([px, py], id) => ({ x: px, y: py, id })) });
  const swipe = async (by) => {
    await fingers("touchStart", [x, y]);
    for (const part of [0.3, 0.6, 1]) await fingers("touchMove", [x + by * part, y]);
    await fingers("touchEnd");
  };
  const now = () => page.locator("[data-now]").innerText();
  assert.match(await now(), /^1 /);
  await swipe(-120);
  assert.match(await now(), /^2 /);
  assert.ok((await sight(page)).middle);
  await swipe(120);
  assert.match(await now(), /^1 /);
  const width = () => page.evaluate(() => window.partShown()[2]);
  const before = await width();
  await fingers("touchStart", [x - 20, y], [x + 20, y]);
  for (const far of [40, 70, 100]) await fingers("touchMove", [x - far, y], [x + far, y]);
  await fingers("touchEnd");
  assert.ok((await width()) < before * 0.6, `${before} → ${await width()}`);
  assert.match(await now(), /^1 /, "two fingers are no swipe");
  assert.ok(!(await page.locator(".hops").isVisible()));
  await page.locator('[data-act="list"]').click();
  const sheet = await page.locator(".hops").boundingBox();
  assert.ok(sheet.y > 150 && sheet.y + sheet.height >= 843, JSON.stringify(sheet));
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator(".hops").isVisible()));
  assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "list", "the focus comes back");
  await page.locator('[data-act="list"]').click();
  await page.locator("#hops > li.beat > a").nth(2).click();
  assert.match(await now(), /^3 /);
  assert.ok(!(await page.locator(".hops").isVisible()), "what was chosen is seen");
  await context.close();
});

test("the packet carries where it goes: at a translation what it was and what it is, and back on the answer", async () => {
  const { context, page } = await openPage(browser, server);
  await page.goto(`${story()}&choose=endpoint=10.244.1.2:8080`);
  await live(page);
  const flag = () => page.locator("#scene .packet .flag").evaluate((of) => [of.querySelector(".old")?.textContent ?? null, of.querySelector(".to").textContent]);
  await page.keyboard.press("2");
  assert.deepEqual(await flag(), [null, "→ 10.96.0.11:80"]);
  await page.keyboard.press("3");
  assert.deepEqual(await flag(), ["→ 10.96.0.11:80", "→ 10.244.1.2:8080"]);
  await page.keyboard.press("n");
  assert.deepEqual(await flag(), ["← 10.244.1.2:8080", "← 10.96.0.11:80"], "the answer is from whom was asked");
  // The same without the player.
  await step(page);
  await page.goto(`${page.url().replace("/trace?", "/trace.svg?")}`);
  assert.equal(await page.locator(".flag .to").textContent(), "← 10.96.0.11:80");
  await context.close();
});

test("the timeline has a row for each machine, and marks where something happens", async () => {
  const { context, page } = await openPage(browser, server);
  await page.goto(`${FIRST()}&choose=endpoint=10.244.1.2:8080`);
  await live(page);
  const rows = await page.locator(".lanes rect title").allTextContents();
  assert.deepEqual([...new Set(rows)], ["node-a", "node-b"]);
  const heights = await page.locator(".lanes rect").evaluateAll((all) => new Set(all.map((one) => one.getAttribute("y"))).size);
  assert.equal(heights, 2, "not by colour alone");
  assert.equal(await page.locator("#scene .lane-mark").count(), 2, "the same colours in the picture");
  const marks = await page.locator(".marks span").evaluateAll((all) => all.map((one) => one.className));
  for (const kind of ["mark-n", "mark-c"]) assert.ok(marks.includes(kind), `${kind} in ${marks}`);
  // Where a translation is marked, the header changes.
  const bar = await page.locator(".lanes").boundingBox();
  const nat = await page.locator(".marks .mark-n").last();
  const n = Number((await nat.getAttribute("title")).match(/(\d+)$/)[1]);
  const at = await nat.boundingBox();
  await page.keyboard.press("Home");
  for (let i = 1; i < n; i += 1) await page.keyboard.press("ArrowRight");
  const cursor = await page.locator(".lanes .cursor").evaluate((line) => Number(line.getAttribute("x1")) / 1000);
  assert.ok(Math.abs(at.x + at.width / 2 - bar.x - cursor * bar.width) < 3, "the cursor is under the mark");
  assert.match(await page.locator("#scene .packet .flag").getAttribute("class"), /flips/);
  await context.close();
});

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
  await step(page);
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
  await step(page);
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
  const sentence = await page.locator(".details h2").boundingBox();
  assert.ok(sentence.y + sentence.height <= 844, `the sentence ends at ${sentence.y + sentence.height}`);
  assert.ok((await sight(page)).seen);
  await context.close();
});

test("with motion the packet is in sight where it comes to rest", async () => {
  const { context, page } = await openPage(browser, server, { width: 1280, height: 720, reducedMotion: "no-preference" });
  await page.goto(`${FIRST()}&step=1`);
  for (let n = 2; n <= 10; n += 1) {
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(1200);
    assert.ok((await sight(page)).middle, `step ${n}`);
  }
  // On its way from beat to beat it is in the middle too, and it stays where its header is edited.
  await page.goto(`${story()}&choose=endpoint=10.244.1.2:8080`);
  await live(page);
  await page.keyboard.press("2");
  await page.waitForTimeout(400);
  await page.keyboard.press("5");
  const [seen, flags] = [[], new Set()];
  for (let i = 0; i < 60; i += 1) {
    seen.push((await sight(page)).middle);
    flags.add(await page.locator("#scene .packet .flag").textContent());
    await page.waitForTimeout(60);
  }
  assert.ok(seen.filter(Boolean).length >= seen.length - 1, `${seen.filter((is) => !is).length} of ${seen.length} out of the middle`);
  assert.ok(flags.has("→ 10.96.0.11:80 → 10.244.1.2:8080"), [...flags].join(" | "));
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
    for (const [width, height] of ALL || replicas === 100 ? SIZES : [SIZES[replicas % SIZES.length]]) {
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
    // The map counts above its picture, the picture of a trace in it.
    assert.match(await page.locator(address === at ? "[data-shown]" : "#scene").textContent(), /of 104 Pods/);
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
