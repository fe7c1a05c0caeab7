// What if the input was another: changed beside the trace, with and without JavaScript; the old way and the new one, and back.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accessibility, live, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

const TRACE = () => `${server.url}/s/first-service/trace?from=pod/default/client&to=svc/default/idle:80`;
const FIELD = ".edit-form textarea";

for (const javaScript of [true, false]) {
  test(`a line is changed, both ways are shown, and undone ${javaScript ? "with" : "without"} JavaScript`, async () => {
    const { context, page, problems } = await openPage(browser, server, { javaScript, width: 1280, height: 720 });
    await page.goto(TRACE());
    if (javaScript) await live(page);
    await page.locator("[data-what-if]").click();
    // It opens at the line that decided, with its number, in sight.
    await page.locator(FIELD).waitFor();
    // Where things are is measured once the style sheets are there.
    await page.waitForLoadState("load");
    const hit = page.locator("#line");
    assert.equal(await hit.innerText(), "94");
    const frame = await page.locator("[data-open]").boundingBox();
    const mark = await hit.boundingBox();
    assert.ok(mark.y >= frame.y && mark.y + mark.height <= frame.y + frame.height + 1, `${JSON.stringify({ frame, mark })}`);
    // The number stands beside its line.
    const [top, line] = await page.locator(FIELD).evaluate((field) => [field.getBoundingClientRect().top, Number.parseFloat(getComputedStyle(field).lineHeight)]);
    assert.ok(Math.abs(mark.y - top - 6 - 93 * line) < line / 2, `${mark.y} beside ${top + 6 + 93 * line}`);
    const text = await page.locator(FIELD).inputValue();
    assert.equal(text.split("\n")[93], "  selector: {app: idle}");

    // A mistake is told, and what was typed stays.
    const broken = text.replace("{app: idle}", "{app: web");
    await page.locator(FIELD).fill(broken);
    await page.locator(".edit-form button").click();
    await page.locator("[data-refusal]").waitFor();
    assert.match(await page.locator("[data-refusal]").innerText(), /first-service\.yaml:94/);
    assert.equal(await page.locator(FIELD).inputValue(), broken);
    assert.deepEqual(problems.splice(0).filter((problem) => !/422/.test(problem)), []);

    await page.locator(FIELD).fill(text.replace("{app: idle}\n  ports:\n  - {port: 80}", "{app: web}\n  ports:\n  - {port: 80, targetPort: 8080}"));
    await page.locator(".edit-form button").click();
    await page.locator("#parting").waitFor();
    const ways = await page.locator(".compare-worlds section").allInnerTexts();
    assert.equal(ways.length, 2);
    assert.match(ways[0], /refused/);
    assert.match(ways[1], /answer/);
    assert.equal(await page.locator("#parting td").count(), 2);
    await page.locator(".compare-parting a").click();
    const parting = await page.locator("#parting").boundingBox();
    assert.ok(parting.y >= -1 && parting.y < 720, JSON.stringify(parting));
    if (javaScript) {
      await page.evaluate(() => document.querySelectorAll("main details").forEach((fold) => (fold.open = true)));
      assert.deepEqual(await accessibility(page), []);
    }
    // Its trace leads back to both ways; undo leads to the version before.
    const both = page.url().split("#")[0];
    await page.locator(".compare-worlds h2 a").nth(1).click();
    await page.locator("[data-what-if]", { hasText: "Before and after" }).click();
    assert.equal(page.url().split("#")[0], both);
    await page.locator("[data-undo]").click();
    assert.equal(await page.locator(FIELD).inputValue(), text);
    assert.equal(await page.locator("[data-undo]").count(), 0);
    await page.locator(".edit-form button").click();
    await page.locator("[data-unchanged]").waitFor();
    assert.deepEqual(problems, []);
    await context.close();
  });
}

test("numbers stand beside their lines, also beside those that are added", async () => {
  const { context, page } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(TRACE().replace("/trace?", "/edit?"));
  const heights = () => page.evaluate(() => {
    const field = document.querySelector("[data-open] textarea");
    const numbers = document.querySelector("[data-open] .numbers");
    const style = getComputedStyle(field);
    const lines = field.value.split("\n").length * Number.parseFloat(style.lineHeight);
    return { field: field.clientHeight, numbers: numbers.clientHeight, lines, step: Number.parseFloat(style.lineHeight) - Number.parseFloat(getComputedStyle(numbers).lineHeight), inner: field.scrollHeight };
  });
  for (const added of [0, 40]) {
    await page.locator(FIELD).evaluate((field, added) => { field.value += "# more\n".repeat(added); }, added);
    const { field, numbers, lines, step, inner } = await heights();
    assert.equal(step, 0);
    assert.ok(field >= lines && inner <= field + 1, `the field is as high as its text: ${field} ${lines} ${inner}`);
    assert.ok(Math.abs(numbers - field) <= 2, `${numbers} ${field}`);
  }
  await context.close();
});
