// Starts the real server on a port of its own and drives it with headless Chromium.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
export const axeSource = require.resolve("axe-core/axe.min.js");
const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, "..", "..");

/** A running server with these further options; `stop()` ends exactly the process that was started here. */
export async function startServer(...options) {
  const binary = process.env.KUBEHOP_BIN ?? join(root, "target", "debug", "kubehop");
  const folder = mkdtempSync(join(tmpdir(), "kubehop-test-"));
  const child = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--database-url", `sqlite://${join(folder, "test.db")}`, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no URL within 20 s; output so far:\n${output}`)), 20_000);
    const look = (chunk) => {
      output += chunk;
      const found = output.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) {
        clearTimeout(timer);
        resolve(found[0]);
      }
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.on("exit", (code) => reject(new Error(`server ended with ${code}:\n${output}`)));
  });
  return {
    url,
    async stop() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Without a window and without traffic of its own. */
export const browserFlags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** Headless Chromium without background traffic. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: browserFlags });
}

/**
 * A page in a context of its own that collects everything that must not happen: console errors, page errors, failed
 * or foreign requests.
 */
export async function openPage(browser, server, { javaScript = true, language = "en", width = 1440, height = 900, dark = false, reducedMotion = "reduce" } = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: javaScript,
    locale: language === "ko" ? "ko-KR" : "en-GB",
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion,
  });
  const page = await context.newPage();
  await page.addInitScript(partShown);
  const problems = [];
  const requests = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("request", (request) => {
    requests.push(request.url());
    const allowed = request.url().startsWith(server.url) || request.url().startsWith("data:");
    if (!allowed) problems.push(`foreign request: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  return { context, page, problems, requests };
}

/** In every page: which part of the trace's picture is shown, as x, y, width and height in the picture's own units. */
export function partShown() {
  window.partShown = (figure = document.getElementById("scene").getBoundingClientRect()) => {
    const svg = document.querySelector("#scene > svg.scene");
    const [x, y, width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const moved = svg.style.transform.match(/-?[\d.]+/g)?.map(Number);
    if (!moved) return [x, y, width, height];
    const scale = parseFloat(svg.style.width) / width;
    return [x - moved[0] / scale, y - moved[1] / scale, figure.width / scale, figure.height / scale];
  };
}

/** Until the player listens. A picture can be seen, and a link be followed, before the page's script has run. */
export const live = (page) => page.locator("#player.live").waitFor();

/** Accessibility findings of the current page that are serious or critical. */
export async function accessibility(page) {
  // The page's own policy forbids foreign code; evaluate() is not bound by it.
  await page.evaluate(readFileSync(axeSource, "utf8"));
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations
    .filter((violation) => ["serious", "critical"].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(" | ")}`);
}
