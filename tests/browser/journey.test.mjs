// From the home page to the last step, as people go: both languages, with and without JavaScript, wide and phone.
import { test } from "node:test";
import assert from "node:assert/strict";
import { live, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

const stepOf = (page) => Number(new URL(page.url()).searchParams.get("step") ?? "1");
/** The address says the step, a moment after the picture shows it. */
const addressSays = (page, step) => page.waitForFunction((n) => new URL(location.href).searchParams.get("step") === String(n), step);
const stepCount = (page) => page.locator("li[data-step]").count();

/** Home page, one click on the ready scenario; ends on the first animation, with JavaScript on a player that listens. */
async function firstTrace(page, language, javaScript = true) {
  await page.goto(`${server.url}/?lang=${language}`);
  assert.equal(await page.locator("html").getAttribute("lang"), language);
  await page.locator("[data-ready-scenario]").first().click();
  await page.locator("#scene svg").first().waitFor();
  if (javaScript) await live(page);
  assert.match(page.url(), /\/s\/[a-z0-9-]+\/trace\?/);
  assert.ok((await stepCount(page)) > 20, "a probe by name over two nodes has more than twenty hops");
  // It opens as a story of a few beats; what follows goes through every step.
  const beats = await page.locator("#hops > li.beat").count();
  assert.ok(beats >= 4 && beats <= 8, `${beats} beats`);
  await page.locator("a[data-level-link]").last().click();
  await page.locator('#player[data-level="all"]').waitFor();
  if (javaScript) await live(page);
}

for (const language of ["en", "ko"]) {
  test(`home to last step with JavaScript, ${language}`, async () => {
    const { context, page, problems, requests } = await openPage(browser, server, { language });
    await firstTrace(page, language);
    const last = await stepCount(page);
    const before = requests.length;
    assert.equal(stepOf(page), 1);
    const arrived = async (step) => {
      await page.locator(`li[data-step="${step}"][aria-current="step"]`).waitFor();
      await addressSays(page, step);
    };
    for (let step = 2; step <= 12; step += 1) {
      await page.locator('[data-act="next"]').click();
      await arrived(step);
    }
    await page.locator('[data-act="last"]').click();
    await arrived(last);
    // The browser itself looks at the tab's icon again whenever the address changes.
    const own = requests.slice(before).filter((url) => !url.includes("/img/icon"));
    assert.deepEqual(own, [], "stepping makes no request");
    assert.equal(await page.locator('li[aria-current="step"]').count(), 1);
    // The same address is a whole page with the same step.
    const words = (await page.locator('li[aria-current="step"]').innerText()).trim();
    await page.reload();
    assert.equal(stepOf(page), last);
    assert.equal((await page.locator('li[aria-current="step"]').innerText()).trim(), words);
    assert.deepEqual(problems, []);
    await context.close();
  });

  test(`home to last step without JavaScript, ${language}`, async () => {
    const { context, page, problems } = await openPage(browser, server, { language, javaScript: false });
    await firstTrace(page, language, false);
    const last = await stepCount(page);
    const arrived = async (step) => {
      assert.equal(stepOf(page), step);
      assert.equal(await page.locator('li[aria-current="step"]').getAttribute("data-step"), String(step));
      assert.ok(await page.locator("#scene svg").first().isVisible());
    };
    // Pages at both ends: each is a whole one, and takes its time.
    for (let step = 2; step <= 6; step += 1) {
      await page.locator('a[data-act="next"]').click();
      await arrived(step);
    }
    await page.locator('a[data-act="last"]').click();
    await arrived(last);
    for (let step = last - 1; step >= last - 3; step -= 1) {
      await page.locator('a[data-act="prev"]').click();
      await arrived(step);
    }
    assert.deepEqual(problems, []);
    await context.close();
  });
}

test("keyboard, scrubber and play move the packet", async () => {
  const { context, page, problems } = await openPage(browser, server, { reducedMotion: "no-preference" });
  await firstTrace(page, "en");
  const last = await stepCount(page);
  const current = (step) => page.locator(`li[data-step="${step}"][aria-current="step"]`).waitFor();
  await page.locator("#player").focus();
  await page.keyboard.press("ArrowRight");
  await current(2);
  await page.keyboard.press("End");
  await current(last);
  await page.keyboard.press("Home");
  await current(1);
  await page.locator('[data-act="scrub"]').fill(String(last - 1));
  await current(last - 1);
  await page.locator('[data-act="speed"]').selectOption("4");
  await page.locator('[data-act="first"]').click();
  await current(1);
  await page.locator('[data-act="play"]').click();
  await page.waitForFunction(() => Number(new URL(location.href).searchParams.get("step")) >= 4);
  await page.locator('[data-act="play"]').click();
  const stopped = stepOf(page);
  await page.waitForTimeout(500);
  assert.ok(stepOf(page) - stopped <= 1, "pause stops");
  assert.deepEqual(problems, []);
  await context.close();
});

test("the packet's card changes where the rule says so, and the rule leads to a line of the manifest", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await firstTrace(page, "en");
  const nat = page.locator("li[data-step]", { hasText: "DNAT" }).last();
  const step = await nat.getAttribute("data-step");
  await page.goto(page.url().replace(/step=\d+/, `step=${step}`));
  const detail = page.locator(`[data-step-detail="${step}"]`);
  await detail.waitFor();
  const text = await detail.innerText();
  assert.match(text, /--to-destination 10\.244\./);
  assert.match(text, /first-service\.yaml:\d+/);
  assert.match(text, /10\.96\./, "the old destination is shown");
  assert.deepEqual(problems, []);
  await context.close();
});

test("another endpoint is another branch", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await firstTrace(page, "en");
  const branches = page.locator("[data-branch]");
  assert.equal(await branches.count(), 3);
  const seen = new Set();
  for (let index = 0; index < 3; index += 1) {
    const server = page.locator("[data-outcome]").first();
    await branches.nth(index).click();
    await page.locator(`[data-branch][aria-current="true"] >> nth=0`).waitFor();
    await page.waitForFunction((at) => [...document.querySelectorAll("[data-branch]")].findIndex((one) => one.ariaCurrent === "true") === at, index);
    // The player of the page that was swapped in works, and the way before it kept the step.
    await page.locator('[data-act="next"]').click();
    await page.locator(`li[data-step="${index + 2}"][aria-current="step"]`).waitFor({ timeout: 10000 });
    assert.ok(await server.isVisible());
    seen.add(await page.locator("[data-outcome]").first().getAttribute("data-server"));
  }
  assert.equal(seen.size, 3, `three Pods answer: ${[...seen]}`);
  assert.deepEqual(problems, []);
  await context.close();
});

const SHOP = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - {name: shop, image: shop, ports: [{containerPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: sh, image: sh}]}
`;

for (const javaScript of [true, false]) {
  test(`paste manifests, choose source and destination, JavaScript ${javaScript}`, async () => {
    const { context, page, problems } = await openPage(browser, server, { javaScript });
    await page.goto(server.url);
    await page.locator('textarea[name="manifest"]').fill(SHOP);
    await page.locator("form[data-upload] button[type=submit]:not([data-view-only])").click();
    await page.locator('select[name="from"]').waitFor();
    assert.match(page.url(), /\/s\/[a-z0-9-]+/);
    await page.locator('select[name="from"]').selectOption("pod/default/client");
    await page.locator('select[name="to"]').selectOption("shop:80");
    await page.locator("form[data-probe] button[type=submit]").click();
    await page.locator("[data-outcome]").first().waitFor();
    assert.equal(await page.locator("[data-outcome]").first().getAttribute("data-result"), "ok");
    assert.deepEqual(problems, []);
    await context.close();
  });
}

test("upload of several files, one of them broken", async () => {
  const { context, page } = await openPage(browser, server);
  await page.goto(server.url);
  await page.locator('#files').setInputFiles([
    { name: "shop.yaml", mimeType: "application/yaml", buffer: Buffer.from(SHOP) },
    { name: "broken.yaml", mimeType: "application/yaml", buffer: Buffer.from("apiVersion: v1\nkind: Pod\nmetadata:\n  name: [x\n") },
  ]);
  await page.locator("form[data-upload] button[type=submit]:not([data-view-only])").click();
  await page.locator("[data-diagnostic]").first().waitFor();
  assert.match(await page.locator("[data-diagnostics]").innerText(), /broken\.yaml:\d+/);
  assert.ok((await page.locator('select[name="from"] option[value="pod/default/client"]').count()) > 0, "the other file is used");
  await context.close();
});

test("files dropped on the page go into the form", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(server.url);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "one.yaml", { type: "application/yaml" }));
    data.items.add(new File(["apiVersion: v1\nkind: Namespace\nmetadata: {name: two}\n"], "two.yaml"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }, SHOP);
  assert.equal(await page.locator('#files').evaluate((input) => input.files.length), 2);
  await page.locator("form[data-upload] button[type=submit]:not([data-view-only])").click();
  await page.locator('select[name="from"]').waitFor();
  assert.match(await page.locator("h1").first().innerText(), /one\.yaml/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a click on a rule or an interface shows its text and its line, in place", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await firstTrace(page, "en");
  const address = page.url();
  await page.locator('#scene [data-link="cni0"]').first().click();
  await page.locator("#inspect [data-detail]").waitFor();
  assert.match(await page.locator("#inspect").innerText(), /inet 10\.244\.0\.1\/24[\s\S]*first-service\.yaml:\d+/);
  const nat = await page.locator("li[data-step]", { hasText: "DNAT" }).last().getAttribute("data-step");
  await page.locator(`li[data-step="${nat}"] a`).click();
  await page.keyboard.press("Escape");
  await page.locator(`[data-step-detail="${nat}"] .kernel a`, { hasText: "--to-destination" }).click();
  await page.locator("#inspect", { hasText: "KUBE-SEP-" }).waitFor();
  assert.match(await page.locator("#inspect").innerText(), /--to-destination[\s\S]*first-service\.yaml:\d+/);
  await page.locator("#inspect [data-inspect-close]").click();
  await page.locator("#inspect [data-detail]").waitFor({ state: "detached" });
  await page.locator("#scene text.head", { hasText: "KUBE-SEP-" }).first().click();
  await page.locator("#inspect", { hasText: "--to-destination" }).waitFor();
  assert.equal(new URL(page.url()).pathname, new URL(address).pathname, "the page stays");
  assert.deepEqual(problems, []);
  await context.close();

  // Without JavaScript the same link is a page of its own.
  const plain = await openPage(browser, server, { javaScript: false });
  await plain.page.goto(address.replace(/step=\d+/, `step=${nat}`));
  await plain.page.locator(`[data-step-detail="${nat}"] .kernel a`, { hasText: "--to-destination" }).click();
  assert.match(await plain.page.locator("main").innerText(), /--to-destination[\s\S]*first-service\.yaml:\d+/);
  assert.deepEqual(plain.problems, []);
  await plain.context.close();
});

test("an upload that cannot be used is told in place and loses nothing", async () => {
  const { context, page } = await openPage(browser, server);
  await page.goto(server.url);
  const text = "a: [";
  await page.locator('textarea[name="manifest"]').fill(text);
  await page.locator("form[data-upload] button[type=submit]:not([data-view-only])").click();
  await page.locator("#upload-result", { hasText: "pasted.yaml:1:" }).waitFor();
  assert.equal(await page.locator('textarea[name="manifest"]').inputValue(), text);
  await context.close();
});

test("source and destination are chosen in the diagram", async () => {
  const { context, page, problems } = await openPage(browser, server);
  await page.goto(`${server.url}/s/first-service?view=nodes`);
  const pod = page.locator('#scene [data-pod^="default/web-"]').first();
  const value = `pod/${await pod.getAttribute("data-pod")}`;
  assert.notEqual(await page.locator('select[name="from"]').inputValue(), value);
  await page.locator('[data-pick="from"]').click();
  await pod.click({ position: { x: 24, y: 12 } });
  assert.equal(await page.locator('select[name="from"]').inputValue(), value);
  await page.locator('[data-pick="to"]').click();
  await page.locator('#scene [data-service="default/web"]').first().click({ position: { x: 24, y: 12 } });
  assert.equal(await page.locator('select[name="to"]').inputValue(), "svc/default/web:80");
  assert.deepEqual(problems, []);
  await context.close();
});
