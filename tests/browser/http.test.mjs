// Requests over HTTP as people send them: the form's fields, the card, paths without end.
import { test } from "node:test";
import assert from "node:assert/strict";
import { openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

const send = (page) => page.locator("form[data-probe] button[type=submit]").click();
const part = (page, name) => page.locator(`#exchange [data-part=${name}]`).first();

for (const javaScript of [true, false]) {
  test(`a URL with method, header fields and where to connect, JavaScript ${javaScript}`, async () => {
    const { context, page, problems } = await openPage(browser, server, { javaScript });
    await page.goto(`${server.url}/s/ingress`);
    await page.locator('input[name="to_text"]').fill("http://api.example.com/v1/orders");
    await page.locator('select[name="method"]').selectOption("PUT");
    await page.locator('textarea[name="header"]').fill("X-A: 1\nX-B: 2");
    await page.locator('input[name="connect"]').fill("ingress");
    await send(page);
    await page.locator("#exchange").waitFor();
    // Laid out as its address is, however it came.
    await page.locator("body.trace:not(.scenario)").waitFor();
    assert.match(await part(page, "request").innerText(), /PUT \/v1\/orders HTTP\/1\.1[^]*X-A: 1\nX-B: 2/);
    assert.match(await part(page, "decided").innerText(), /Ingress default\/api/);
    assert.match(await part(page, "seen").innerText(), /PUT \/orders HTTP\/1\.1[^]*X-Forwarded-For: 192\.168\.10\.50/);
    assert.match(await part(page, "response").innerText(), /HTTP\/1\.1 200 OK/);
    // All of it is in the next form, and in another language.
    await page.locator("a[hreflang=ko], a[lang=ko]").first().click();
    await page.locator("html[lang=ko] #exchange").waitFor();
    assert.equal(await page.locator('textarea[name="header"]').inputValue(), "X-A: 1\nX-B: 2");
    assert.equal(await page.locator('input[name="connect"]').inputValue(), "ingress");
    // What is wrong stands beside its field, and what was written stays.
    await page.locator('textarea[name="header"]').fill("nocolon");
    await send(page);
    await page.locator('[data-probe-error][data-field="header"]').waitFor();
    assert.equal(await page.locator('textarea[name="header"][aria-invalid]').inputValue(), "nocolon");
    // The refusal is an answer with status 422, which a browser's console tells.
    assert.deepEqual(problems.filter((problem) => !/422/.test(problem)), []);
    await context.close();
  });
}

test("a path of two thousand signs breaks no page", async () => {
  for (const size of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
    const { context, page } = await openPage(browser, server, size);
    const to = `http://api.example.com/v1/${"abcdefghij".repeat(200)}`;
    await page.goto(`${server.url}/s/ingress/trace?from=host/laptop&to=${to}&connect=ingress&header=X-A:${"z".repeat(900)}`);
    await page.locator("#exchange").waitFor();
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `${content} in ${window}`);
    assert.ok((await page.locator("h1").boundingBox()).height < 220);
    await context.close();
  }
});

test("who picks a Service in the picture asks for no URL any more", async () => {
  const { context, page } = await openPage(browser, server);
  await page.goto(`${server.url}/s/ingress`);
  assert.equal(await page.locator('input[name="connect"]').inputValue(), "ingress");
  await page.locator('button[data-pick="to"]').click();
  await page.locator('.scene [data-pick-value^="svc/default/shop"]').first().click();
  assert.equal(await page.locator('input[name="to_text"]').inputValue(), "");
  assert.equal(await page.locator('input[name="connect"]').inputValue(), "");
  await send(page);
  await page.locator("[data-outcome]").first().waitFor();
  await context.close();
});
