// Everything in the picture is a door: what is behind it stands beside the picture, follows the steps, and closes with Escape.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accessibility, live, openPage } from "./harness.mjs";
import { browser, server } from "./running.mjs";

const TRACE = () => `${server.url}/s/first-service/trace?from=pod/default/client&to=web:80&choose=endpoint=10.244.1.2:8080`;
const heading = (page) => page.locator("#inspect .door h1").innerText();

test("a hook, a route, an interface, a machine, a Service and the card open beside the picture", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(TRACE());
  await live(page);
  await page.keyboard.press("3");
  await page.waitForURL(/step=/);
  const here = page.url();
  for (const [selector, wanted] of [
    ['.stage.hook[data-netns="node-a"][data-hook="PREROUTING"]', /PREROUTING/],
    ['.stage.route[data-netns="node-a"]', /Route table/],
    ['.bridge[data-netns="node-a"]', /cni0/],
    ['.port[data-netns="node-a"][data-link="eth0"]', /eth0/],
    ['.rules[data-netns="node-a"]', /Rules/],
    ['[data-pod="default/client"] > .pod', /client/],
    ['[data-service="default/web"]', /default\/web/],
    ['.node-frame[data-node="node-a"] > text', /node-a/],
    [".overlay .card", /layer/],
  ]) {
    // Brought into sight by the camera, as a hand would.
    await page.keyboard.press("0");
    await page.locator(`#scene ${selector}`).first().click({ position: /^\.bridge|pod$/.test(selector) ? { x: 4, y: 6 } : undefined });
    await page.locator("#inspect .door").waitFor();
    await page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector("#inspect .door h1")?.textContent ?? ""), wanted.source);
    await page.waitForFunction(() => document.activeElement?.closest("#inspect"), undefined, { timeout: 5000 });
    assert.equal(page.url(), here, "the step stays");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#inspect > *").count(), 0, selector);
  }
  assert.deepEqual(problems, []);
  await context.close();
});

test("an open panel follows the step, and leads to further doors", async () => {
  const { context, page, problems } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(TRACE());
  await live(page);
  await page.keyboard.press("3");
  await page.locator(".doors a").nth(1).click();
  await page.locator("#inspect .door").waitFor();
  assert.match(await page.locator("#inspect .changed").first().innerText(), /not yet in the table/);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => !document.querySelector("#inspect .changed"));
  assert.match(await heading(page), /Connections/);
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), await page.locator(".doors a").nth(1).innerText(), "the focus comes back");
  // What the packet is at is a stop of the tabulator; Enter opens it.
  await page.keyboard.press("3");
  const at = page.locator("#scene g[tabindex='0']");
  assert.equal(await at.count(), 1);
  await at.focus();
  await page.keyboard.press("Enter");
  await page.locator("#inspect .door").waitFor();
  assert.match(await heading(page), /PREROUTING/);
  assert.deepEqual(await accessibility(page), []);
  // The other end of a cable, from one panel to the next.
  await page.keyboard.press("0");
  await page.locator('#scene .port[data-netns="pod/default/client"]').click();
  await page.waitForFunction(() => /eth0/.test(document.querySelector("#inspect h1")?.textContent ?? ""));
  await page.locator("#inspect .door-links a", { hasText: "veth" }).click();
  await page.waitForFunction(() => /veth/.test(document.querySelector("#inspect h1")?.textContent ?? ""));
  assert.deepEqual(problems, []);
  await context.close();
});

test("a trace that fails opens at its deciding step, and so do its doors", async () => {
  const { context, page } = await openPage(browser, server, { width: 1280, height: 720 });
  await page.goto(`${server.url}/s/first-service/trace?from=pod/default/client&to=svc/default/idle:80`);
  await live(page);
  assert.equal(new URL(page.url()).searchParams.get("step"), null);
  const shown = await page.locator("#player").getAttribute("data-step");
  assert.match(await page.locator(".details .event").first().innerText(), /REJECT/, "the rule that decides stands first");
  assert.match(await page.locator(".details details.looked > summary").innerText(), /rules looked at, none decided/);
  await page.locator("#scene .overlay .card").first().click({ position: { x: 6, y: 6 } });
  await page.locator("#inspect .door").waitFor();
  assert.match(await page.locator("#inspect .summary").innerText(), new RegExp(`step ${shown}\\b`));
  await context.close();
});

test("each named part of the picture is hit where it is seen, and is large enough to be hit", async () => {
  const { context, page } = await openPage(browser, server, { width: 1440, height: 900 });
  for (const address of [TRACE(), `${server.url}/s/flannel/trace?from=pod/default/client&to=pod/default/far:80`, `${server.url}/s/docker0/trace?from=container/web&to=container/cache:6379`]) {
    await page.goto(`${address}&level=all`);
    await live(page);
    const wrong = await page.evaluate(async () => {
      const wrong = [];
      const svg = document.querySelector("#scene > svg");
      const figure = document.getElementById("scene");
      // At its natural size, part by part brought to the middle: nothing of the page lies over it.
      for (const tools of document.querySelectorAll(".camera, .minimap")) tools.remove();
      svg.removeAttribute("style");
      const named = [...svg.querySelectorAll(":is(.stage, .port, .bridge, .rules)[data-netns], [data-pod], [data-service]")];
      for (const part of named) {
        const box = part.getBBox();
        const [w, h] = [figure.clientWidth, figure.clientHeight];
        svg.setAttribute("viewBox", `${box.x + box.width / 2 - w / 2} ${box.y + box.height / 2 - h / 2} ${w} ${h}`);
        // A port's cable is no part of where it is hit.
        const seen = (part.querySelector(".hit") ?? part).getBoundingClientRect();
        const name = `${part.getAttribute("class")} ${part.dataset.k}`;
        if (seen.width < 24 || seen.height < 24) wrong.push(`${name}: ${Math.round(seen.width)}×${Math.round(seen.height)}`);
        // A surface is hit beside what stands on it.
        const surface = part.dataset.pod !== undefined || part.classList.contains("bridge");
        const [x, y] = surface ? [seen.x + 6, seen.y + 8] : [seen.x + seen.width / 2, seen.y + seen.height / 2];
        const hit = document.elementFromPoint(x, y);
        if (!part.contains(hit)) wrong.push(`${name}: covered by ${hit?.closest("g")?.getAttribute("class")} ${hit?.getAttribute("class")}`);
      }
      return wrong;
    });
    assert.deepEqual(wrong, [], address);
  }
  await context.close();
});

test("without JavaScript a door is a page that leads back", async () => {
  const { context, page, problems } = await openPage(browser, server, { javaScript: false });
  await page.goto(`${TRACE()}&level=all&step=101`);
  await page.locator(".doors a").first().click();
  assert.match(await page.locator("h1").innerText(), /layer/);
  await page.locator(".crumbs a").last().click();
  assert.equal(new URL(page.url()).searchParams.get("step"), "101");
  // A page beside it knows from where it was opened.
  await page.locator(".details .kernel a").first().click();
  await page.locator("[data-back]").click();
  assert.equal(new URL(page.url()).searchParams.get("step"), "101");
  assert.deepEqual(problems, []);
  await context.close();
});
