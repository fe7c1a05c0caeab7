// Whole lessons, played by mouse, by keyboard and without JavaScript, in both languages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
  await page.goto(`${server.url}/lessons/same-node?step=end`);
  await page.goto(`${server.url}/lessons`);
  assert.equal(await page.locator("li.done").count(), 1);
  assert.match(await page.locator("li.done strong").innerText(), /done/);
  await context.close();
});

test("the course and its steps have no barriers", async () => {
  for (const dark of [false, true]) {
    const { context, page } = await openPage(browser, server, { width: 390, height: 844, dark, language: dark ? "ko" : "en" });
    for (const path of ["/lessons", "/lessons/hairpin?step=2", "/lessons/hairpin?step=2&answer=1", "/lessons/wrong-selector?step=5", "/lessons/hairpin?step=end"]) {
      await page.goto(`${server.url}${path}`);
      assert.deepEqual(await accessibility(page), [], path);
    }
    await context.close();
  }
});
