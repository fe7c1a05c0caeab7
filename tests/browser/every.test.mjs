// Every kind of page: no finding of axe, nothing wider than a screen of 320 pixels, readable in forced colours, and in print.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { axeSource, live, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";
import { ALL, KINDS, PAGES } from "./pages.mjs";

/** With `KUBEHOP_TEST_FULL=1` all of them in every theme and language; else each page in one, in turn. */
const LOOKS = [["en", false], ["ko", true], ["ko", false], ["en", true]];
const looks = (index) => (ALL ? LOOKS : [LOOKS[index % LOOKS.length]]);
const open = async (page, path, language) => {
  await page.goto(`${server.url}${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
  if ((await page.locator("#player").count()) > 0) await live(page);
};

test("axe finds nothing on any page, of whatever weight", async () => {
  const findings = [];
  // One browser window for each look: what every page has comes once.
  const windows = new Map();
  const shown = async (language, dark) => {
    const key = `${language} ${dark}`;
    if (!windows.has(key)) windows.set(key, await openPage(browser, server, { language, dark, width: 1440, height: 900 }));
    return windows.get(key);
  };
  for (const [index, [name, path]] of KINDS.entries()) {
    for (const [language, dark] of looks(index)) {
      // Wide and narrow in turn; what is folded is looked at too.
      const width = (index + (ALL ? LOOKS.findIndex((look) => look[0] === language && look[1] === dark) : 0)) % 2 === 0 ? 1440 : 390;
      const { page, problems } = await shown(language, dark);
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      await open(page, path, language);
      if (!["not-found", "probe-refused"].includes(name)) assert.deepEqual(problems, [], name);
      problems.length = 0;
      await page.evaluate(() => document.querySelectorAll("main details").forEach((fold) => (fold.open = true)));
      await page.evaluate(readFileSync(axeSource, "utf8"));
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, nodes } of found.violations) {
        findings.push(`${name} ${width} ${language} ${dark ? "dark" : "light"}: ${id}: ${nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ")}`);
      }
    }
  }
  for (const { context } of windows.values()) await context.close();
  assert.deepEqual(findings, []);
});

test("what is wrong with a question is told above the fold", async () => {
  for (const [width, height] of [[1280, 720], [390, 844]]) {
    const { context, page } = await openPage(browser, server, { width, height });
    await page.goto(`${server.url}${PAGES.find(([name]) => name === "probe-refused")[1]}`);
    const box = await page.locator("[data-probe-error], .probe [role=alert], .probe .error").first().boundingBox();
    assert.ok(box && box.y + box.height <= height, `${width}: ${JSON.stringify(box)}`);
    await context.close();
  }
});

test("no page is wider than a screen of 320 pixels, which is what 400 % of 1280 leaves", async () => {
  const findings = [];
  const screen = { en: await openPage(browser, server, { language: "en", width: 320, height: 640 }), ko: await openPage(browser, server, { language: "ko", width: 320, height: 640 }) };
  for (const [index, [name, path]] of KINDS.entries()) {
    for (const language of ALL ? ["en", "ko"] : [["en", "ko"][index % 2]]) {
      const { page } = screen[language];
      await open(page, path, language);
      const over = await page.evaluate(() => {
        const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
        if (wide <= 0) return null;
        const who = [...document.querySelectorAll("main *, header *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
        return `${wide}px: ${who.slice(0, 3).map((one) => `${one.tagName}.${one.getAttribute("class")}`).join(" | ")}`;
      });
      if (over) findings.push(`${name} ${language}: ${over}`);
    }
  }
  for (const { context } of Object.values(screen)) await context.close();
  assert.deepEqual(findings, []);
});

test("at 200 % and 400 % nothing lies over what is read, and nothing is wider than the screen", async () => {
  const findings = [];
  for (const [nth, [width, height]] of [[640, 360], [320, 180]].entries()) {
    const { context, page } = await openPage(browser, server, { width, height });
    for (const [name, path] of KINDS.filter((_, index) => ALL || index % 2 === nth)) {
      await open(page, path, "en");
      const found = await page.evaluate(() => {
        const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
        const stays = [...document.querySelectorAll("body *")].filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position) && one.checkVisibility());
        return [over > 0 ? `${over}px too wide` : "", ...stays.filter((one) => one.offsetHeight > innerHeight / 3).map((one) => `${one.className} stays over ${one.offsetHeight} of ${innerHeight}`)].filter(Boolean);
      });
      findings.push(...found.map((one) => `${name} ${width}: ${one}`));
    }
    await context.close();
  }
  assert.deepEqual(findings, []);
});

test("in forced colours the packet, its way and what is pressed are seen; in print the text is whole and the controls are gone", async () => {
  const { context, page } = await openPage(browser, server);
  await page.emulateMedia({ forcedColors: "active" });
  await open(page, PAGES.find(([name]) => name === "trace-all")[1], "en");
  const seen = await page.evaluate(() => {
    const colour = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
    const canvas = getComputedStyle(document.body).backgroundColor;
    return {
      canvas,
      packet: colour("#scene .packet .dot", "fill"),
      way: colour("#scene .seg.past, #scene .seg.now", "stroke"),
      pressed: colour('[data-act="keys"]', "backgroundColor"),
      plain: colour('[data-act="help"]', "backgroundColor"),
    };
  });
  for (const name of ["packet", "way"]) assert.notEqual(seen[name], seen.canvas, name);
  assert.notEqual(seen.pressed, seen.plain, "what is pressed is told apart");
  await page.emulateMedia({ forcedColors: "none", media: "print" });
  for (const gone of ["#player .buttons", ".camera", ".prefs", ".again"]) assert.ok(!(await page.locator(gone).first().isVisible()), gone);
  const heights = await page.evaluate(() => {
    const list = document.querySelector(".hops");
    // As much of the picture as its frame lets through.
    return [list.scrollHeight - list.clientHeight, document.getElementById("scene").getBoundingClientRect().height];
  });
  assert.ok(heights[0] <= 1, "the list is printed whole");
  assert.ok(heights[1] > 200, "the picture is printed");
  await context.close();
});

test("a whole trace for a screen reader: names, roles, one polite region, and few stops of the tabulator", async () => {
  const { context, page } = await openPage(browser, server);
  await open(page, PAGES.find(([name]) => name === "trace-story")[1], "en");
  const told = await page.locator("main").ariaSnapshot();
  for (const wanted of [
    /heading "default\/client → web:80" \[level=1\]/,
    /region "Result"/i,
    /region "Player"/i,
    /slider/,
    /figure/,
    /navigation "(Steps|Hops|Every hop)[^"]*"/i,
    /list/,
    /heading "asks for [^"]*" \[level=2\]/,
  ]) assert.match(told, wanted);
  // Only one region speaks while steps go by.
  assert.equal(await page.locator("[aria-live]:not([aria-live=off])").count(), 1);
  const beats = await page.locator("#hops > li.beat").count();
  for (let beat = 2; beat <= beats; beat += 1) {
    await page.keyboard.press("ArrowRight");
    const said = await page.locator("[data-live]").textContent();
    const here = await page.locator('#hops li[aria-current="step"] > a').innerText();
    assert.equal(said.replace(/\s+/g, ""), here.replace(/\s+/g, ""));
    assert.equal(await page.locator("#hops [aria-current]").count(), 1);
  }
  // The list is one stop, not one for each of its links; arrows lead through it.
  await open(page, PAGES.find(([name]) => name === "trace-all")[1], "en");
  assert.equal(await page.locator("#hops a").evaluateAll((all) => all.filter((one) => one.tabIndex === 0).length), 1);
  assert.equal(await page.locator('#hops a[tabindex="0"]').evaluate((one) => one.closest("li").dataset.step), "101");
  await page.locator('#hops a[tabindex="0"]').focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.closest("li").dataset.step), "102");
  await page.keyboard.press("Enter");
  await page.waitForURL(/step=102/);
  await context.close();
});
