// Every kind of page at both widths, both themes, both languages; pictures of all stay in `artifacts`.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { accessibility, artifacts, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

test("screens at both widths, both themes, both languages: no overflow, no serious accessibility finding", async () => {
  const findings = [];
  for (const width of [1440, 390]) {
    for (const dark of [false, true]) {
      for (const language of ["en", "ko"]) {
        const { context, page, problems } = await openPage(browser, server, { language, width, height: width === 390 ? 844 : 900, dark });
        const shot = (name) => page.screenshot({ path: join(artifacts, `${name}-${width}-${dark ? "dark" : "light"}-${language}.png`) });
        const look = async (name) => {
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          if (overflow > 0) findings.push(`${name} ${width} ${language}: page is ${overflow}px wider than the screen`);
          // Colours and sizes are the same in every language: the other one is checked once, for its words.
          if (language === "en" || (width === 1440 && !dark)) for (const finding of await accessibility(page)) findings.push(`${name} ${width} ${dark ? "dark" : "light"} ${language}: ${finding}`);
          await shot(name);
        };
        await page.goto(`${server.url}/?lang=${language}`);
        await look("home");
        await page.goto(`${server.url}/s/first-service?lang=${language}`);
        await look("scenario");
        await page.goto(`${server.url}/?lang=${language}`);
        await page.locator("[data-ready-scenario]").first().click();
        await page.locator("#scene svg").first().waitFor();
        await look("trace-first");
        const nat = await page.locator("li[data-step]", { hasText: "DNAT" }).last().getAttribute("data-step");
        await page.goto(page.url().replace(/step=\d+/, `step=${nat}`));
        await page.locator("#scene svg").first().waitFor();
        await look("trace-dnat");
        await page.goto(`${server.url}/s/names-broken/trace?from=pod/default/client&to=git.corp.example:443&lang=${language}`);
        await page.evaluate(() => { for (const fold of document.querySelectorAll("[data-resolver], [data-race]")) fold.open = true; });
        await look("names");
        await page.goto(`${server.url}/s/variables/state?netns=pod/default/app&what=env&lang=${language}`);
        await look("env");
        assert.deepEqual(problems, []);
        await context.close();
      }
    }
  }
  writeFileSync(join(artifacts, "findings.txt"), findings.join("\n"));
  assert.deepEqual(findings, []);
});
