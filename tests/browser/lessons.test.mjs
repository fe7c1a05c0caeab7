// Whole lessons, played by mouse, by keyboard and without JavaScript, in both languages.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { accessibility, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

/** A lesson of every part but one, of all kinds of step. */
const PLAYED = ["published-port", "same-node", "overlay-vxlan", "hairpin", "wrong-selector"];

/** The changes that solve a lesson's tasks, in order of its steps. */
const solutions = (slug) => {
  const text = readFileSync(new URL(`../../web/lessons/${slug}/lesson.yaml`, import.meta.url), "utf8");
  return [...text.matchAll(/^ +solution: *\[([^\]]*)\]/gm)].map(([, names]) => names.split(",").map((name) => name.trim()));
};

/** How one presses something: with the mouse, or by the key that does it where the focus is. */
const HANDS = {
  mouse: (part) => part.click(),
  keyboard: async (part) => {
    await part.focus();
    await part.page().keyboard.press((await part.getAttribute("type")) === "radio" ? "Space" : "Enter");
  },
};

async function play(page, slug, press, language) {
  const solved = solutions(slug);
  const seen = { predict: 0, explain: 0, compare: 0, observe: 0, task: 0 };
  await page.goto(`${server.url}/lessons/${slug}?lang=${language}`);
  for (let step = 1; step <= 12; step += 1) {
    const article = page.locator("[data-lesson-step]");
    assert.equal(await article.getAttribute("data-number"), String(step));
    const kind = await article.getAttribute("data-kind");
    assert.ok(await page.locator(".lesson-scene svg.scene").first().isVisible(), `${slug} ${step}: a picture`);
    const choices = page.locator('input[name="answer"]');
    if ((await choices.count()) > 0) {
      assert.equal(await page.locator(".choice.right").count(), 0, "nothing is told before");
      await press(choices.first());
      await press(page.locator('input[name="sure"]').nth(1));
      await press(page.locator(".lesson-choices button"));
      await page.locator(".lesson-verdict").waitFor();
      assert.equal(await page.locator(".choice.right").count(), 1, `${slug} ${step}`);
      const wrong = await page.locator(".choice.wrong").count();
      assert.equal(await page.locator(".choice-why").count(), wrong, "why a wrong choice is wrong");
      assert.ok((await page.locator(".lesson-after").innerText()).length > 10);
      seen[kind] += 1;
    } else if (["fix", "break", "build"].includes(kind)) {
      for (const change of solved.shift()) {
        await press(page.locator(`button[name="change"][value="${change}"]`));
        await page.locator(".lesson-verdict").waitFor();
      }
      await page.locator(".lesson-verdict.right").waitFor();
      assert.equal(await page.locator(".lesson-goals li.wrong").count(), 0, `${slug} ${step}`);
      seen.task += 1;
    } else seen[kind] += 1;
    await press(page.locator("[data-next]"));
    await page.locator("[data-lesson-step], [data-lesson-end]").first().waitFor();
    await page.waitForURL((url) => url.searchParams.get("step") === String(step + 1) || url.searchParams.get("step") === "end");
    if ((await page.locator("[data-lesson-end]").count()) > 0) return seen;
  }
  return assert.fail(`${slug} has no end`);
}

// Each lesson once in each language, in turn by each hand; with `KUBEHOP_TEST_FULL=1` all of them by each.
const WAYS = [["mouse", true], ["keyboard", true], ["mouse", false]];
const mine = (way, shift) => PLAYED.filter((_, at) => process.env.KUBEHOP_TEST_FULL || (at + shift) % WAYS.length === way);

for (const [shift, language] of ["en", "ko"].entries()) {
  for (const [way, [hand, javaScript]] of WAYS.entries()) {
    test(`whole lessons by ${hand}${javaScript ? "" : " without JavaScript"}, ${language}`, async () => {
      const { context, page, problems } = await openPage(browser, server, { language, javaScript, width: 1280, height: 720 });
      const all = { predict: 0, explain: 0, compare: 0, observe: 0, task: 0 };
      for (const slug of mine(way, shift)) {
        const seen = await play(page, slug, HANDS[hand], language);
        for (const kind of Object.keys(all)) all[kind] += seen[kind];
        assert.ok((await page.locator(".lesson-text").innerText()).length > 20, "what to keep");
        assert.ok((await page.locator(".lesson-command pre").count()) > 0, "what one would type");
      }
      assert.ok(all.predict > 1 && all.observe > 0 && all.explain > 0 && all.compare + all.task > 0, JSON.stringify(all));
      assert.deepEqual(problems, []);
      await context.close();
    });
  }
}

test("an attempt that fails is told, keeps the text and gives a hint", async () => {
  const { context, page } = await openPage(browser, server, { width: 390, height: 844 });
  await page.goto(`${server.url}/lessons/wrong-selector`);
  for (let step = 2; (await page.locator('textarea[name="text"]').count()) === 0; step += 1) {
    assert.ok(step < 12, "there is a task");
    await page.goto(`${server.url}/lessons/wrong-selector?step=${step}`);
  }
  const text = page.locator('textarea[name="text"]');
  const mine = `${await text.inputValue()}# mine: <b>&amp;\n`;
  await text.fill(mine);
  await page.locator(".lesson-task .actions button").click();
  await page.locator(".lesson-verdict.wrong").waitFor();
  assert.equal(await text.inputValue(), mine, "no text is lost");
  assert.equal(await page.locator(".lesson-hints li").count(), 1);
  await text.fill("kind: [");
  await page.locator(".lesson-task .actions button").click();
  assert.ok(await page.locator(".lesson-mistakes").isVisible(), "what cannot be read is told with its place");
  assert.equal(await page.locator(".lesson-hints li").count(), 2);
  const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(width <= 0, `${width} px too wide`);
  await context.close();
});

test("the packet is in sight, and what was come to the end of is marked in this browser", async () => {
  const { context, page } = await openPage(browser, server, { width: 390, height: 844 });
  await page.goto(`${server.url}/lessons/overlay-vxlan?step=3`);
  const seen = () =>
    page.evaluate(() => {
      const [frame, packet] = [document.querySelector(".lesson-scene"), document.querySelector(".lesson-scene .packet")].map((part) => part.getBoundingClientRect());
      return packet.left >= frame.left && packet.right <= frame.right && packet.top >= frame.top && packet.bottom <= frame.bottom;
    });
  assert.ok(await seen());
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(`${server.url}/lessons/two-networks?step=6`);
  assert.ok(await seen());
  const scales = await page.evaluate(() => [...document.querySelectorAll(".lesson-svg > .scene")].map((svg) => svg.getBoundingClientRect().width / svg.getAttribute("width")));
  assert.ok(scales.length === 2 && scales.every((scale) => scale > 0.79), `letters that can be read: ${scales}`);
  await page.goto(`${server.url}/lessons/same-node?step=end`);
  await page.goto(`${server.url}/lessons`);
  assert.equal(await page.locator("li.done").count(), 1);
  assert.match(await page.locator("li.done strong").innerText(), /done/);
  await context.close();
});

test("what the test of every page leaves out of the lessons has no barriers", async () => {
  const paths = ["/lessons/hairpin?step=2&answer=1", "/lessons/the-reply?step=5", "/lessons/the-reply?step=5&order=1&order=2&order=3&order=5&order=4", "/lessons/same-node?step=2&embed=1"];
  for (const [index, path] of paths.entries()) {
    const dark = index % 2 === 1;
    const { context, page } = await openPage(browser, server, { width: 390, height: 844, dark, language: dark ? "ko" : "en" });
    await page.goto(`${server.url}${path}`);
    assert.deepEqual(await accessibility(page), [], path);
    await context.close();
  }
});

test("a term has a card, and a value its part of the picture", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(`${server.url}/lessons/same-node`);
  assert.ok((await page.locator(".scene .pointed").count()) > 0, "what the words are about is lit");
  const point = page.locator(".point.shown").first();
  await point.hover();
  assert.equal(await page.locator(".scene .pointing").count(), 1);
  await page.mouse.move(2, 2);
  assert.equal(await page.locator(".scene .pointing").count(), 0);
  const term = page.locator(".term").first();
  const card = page.locator(`#${await term.getAttribute("aria-describedby")}`);
  assert.ok(!(await card.isVisible()));
  await term.focus();
  assert.ok(await card.isVisible());
  assert.ok((await card.innerText()).split(/\s+/).length > 10);
  await page.keyboard.press("Escape");
  assert.ok(!(await card.isVisible()), "Escape puts it away");
  for (const key of ["Enter", "Space"]) {
    await page.keyboard.press(key);
    assert.ok(await card.isVisible(), `${key} brings it back`);
    await page.keyboard.press("Escape");
  }
  assert.deepEqual(problems, []);
  await context.close();
});

test("a card stays on a phone's page, by a tap", async () => {
  const { context, page } = await openPage(browser, server, { width: 390, height: 844, language: "ko" });
  await page.goto(`${server.url}/lessons/same-node`);
  for (const term of await page.locator(".term").all()) {
    await term.click();
    const box = await page.locator(`#${await term.getAttribute("aria-describedby")}`).boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 390 && box.y >= 0 && box.y + box.height <= 844, JSON.stringify(box));
    await page.keyboard.press("Escape");
  }
  const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(width <= 0, `${width} px too wide`);
  await context.close();
});

test("what comes next is predicted on any trace, by keyboard and without JavaScript", async () => {
  for (const javaScript of [true, false]) {
    const { context, page, problems } = await openPage(browser, server, { javaScript, language: javaScript ? "en" : "ko", width: 1280, height: 720 });
    await page.goto(`${server.url}/s/ingress-broken/trace?from=external&to=http://shop.example.com/cart&connect=ingress`);
    const href = await page.locator("[data-predict]").getAttribute("href");
    await page.goto(`${server.url}${href}`);
    let asked = 0;
    for (; (await page.locator("[data-score]").count()) === 0; asked += 1) {
      assert.ok(asked < 12, "it ends");
      const press = HANDS[javaScript ? "keyboard" : "mouse"];
      await press(page.locator('input[name="answer"]').first());
      await press(page.locator(".lesson-choices button"));
      await page.locator(".lesson-verdict").waitFor();
      assert.equal(await page.locator(".choice.right").count(), 1);
      await press(page.locator("[data-next]"));
      await page.locator("[data-score], .lesson-choices").first().waitFor();
      await page.waitForURL((url) => (url.searchParams.get("answers") ?? "").length === asked + 1);
    }
    assert.ok(asked >= 2, `${asked} questions`);
    const score = Number(await page.locator("[data-score]").getAttribute("data-score"));
    assert.equal(await page.locator(".predict-missed > li").count(), asked - score);
    assert.deepEqual(problems, []);
    await context.close();
  }
});

test("progress goes along as a file and as a link, and leads back to where one was", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(`${server.url}/lessons/overlay-vxlan?step=3`);
  await page.goto(`${server.url}/lessons/same-node?step=end`);
  await page.goto(`${server.url}/lessons`);
  const onward = page.locator("[data-go-on]");
  assert.match(await onward.getAttribute("href"), /overlay-vxlan\?step=3/);
  assert.match(await onward.innerText(), /step 3/);
  await page.locator("[data-progress] summary").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("[data-save]").click()]);
  const saved = readFileSync(await download.path(), "utf8");
  assert.deepEqual(JSON.parse(saved).done, ["same-node"]);
  await context.close();

  const other = await openPage(browser, server, { width: 390, height: 844 });
  await other.page.goto(`${server.url}/lessons`);
  assert.equal(await other.page.locator("li.done").count(), 0);
  await other.page.locator("[data-progress] summary").click();
  const read = (name, text) =>
    other.page.locator("[data-progress] input[type=file]").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
  for (const bad of ["no json", "[]", '{"done":["<b>"],"at":{"x y":3}}']) {
    await read("bad.json", bad);
    await other.page.waitForFunction(() => document.querySelector("[data-progress] [role=status]").textContent.length > 10);
    assert.equal(await other.page.locator("li.done").count(), 0, bad);
  }
  await read("progress.json", saved);
  await other.page.locator("li.done").waitFor();
  const packed = Buffer.from(JSON.stringify({ done: ["hairpin"], at: {}, golf: {} })).toString("base64url");
  await other.page.goto("about:blank");
  await other.page.goto(`${server.url}/lessons#progress=${packed}`);
  await other.page.waitForFunction(() => document.querySelectorAll("li.done").length === 2);
  assert.equal(new URL(other.page.url()).hash, "", "the address is clean again");
  assert.deepEqual([...problems, ...other.problems], []);
  await other.context.close();
});

test("the fewest lines of a task are kept, and a lesson of one's own is opened from a file", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(`${server.url}/lessons/wrong-selector?step=5`);
  assert.ok(!(await page.locator("[data-golf]").isVisible()));
  for (const change of solutions("wrong-selector")[0]) {
    await page.locator(`button[name="change"][value="${change}"]`).click();
    await page.locator(".lesson-verdict").waitFor();
  }
  await page.locator("[data-golf]").waitFor();
  assert.match(await page.locator("[data-golf]").innerText(), /changed: 1/);
  await page.goto(`${server.url}/lessons/wrong-selector?step=5`);
  assert.ok(await page.locator("[data-golf]").isVisible(), "it is there again");
  const own = new URL("../../web/lessons/same-node/", import.meta.url);
  const all = readdirSync(own);
  assert.ok(all.length > 3, "a lesson with its texts");
  await page.goto(`${server.url}/lessons`);
  await page.locator("[data-import] input[type=file]").setInputFiles(all.map((name) => new URL(name, own).pathname));
  await page.locator("[data-import] button").click();
  await page.waitForURL(/\/s\/[^/]+\/lesson/);
  assert.ok(await page.locator(".lesson-scene svg.scene").first().isVisible());
  await page.locator("[data-next]").click();
  await page.waitForURL(/lesson\?step=2/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a link that carries a lesson opens it, and a frame shows a step", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(`${server.url}/s/first-service/predict?from=pod/default/client&to=web:80&answers=-----------`);
  const href = await page.locator("[data-carry-lesson]").getAttribute("href");
  assert.ok(href.startsWith("/lessons#v1."), href?.slice(0, 40));
  await page.goto(`${server.url}${href}`);
  await page.waitForURL(/\/s\/[^/]+\/lesson/);
  assert.ok(await page.locator("[data-lesson-step]").isVisible());
  await page.goto(`${server.url}/embed/lessons/same-node?step=2`);
  await page.locator('input[name="answer"]').first().check();
  await page.locator(".lesson-choices button").click();
  await page.locator(".lesson-verdict").waitFor();
  assert.ok(!(await page.locator("header.top").isVisible()), "nothing around it");
  assert.equal(new URL(page.url()).searchParams.get("embed"), "1");
  assert.deepEqual(problems, []);
  await context.close();
});
