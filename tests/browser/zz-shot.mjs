import { chromium } from "playwright-core";
const [,, url, out, w, h, dark, open, full] = process.argv;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu","--disable-quic","--no-first-run"] });
const context = await browser.newContext({ viewport: { width: +w, height: +h }, colorScheme: dark === "dark" ? "dark" : "light", reducedMotion: "reduce" });
const page = await context.newPage();
page.on("console", m => console.log("console", m.text()));
await page.goto(url);
if (open && open !== "-") { await page.locator(open).first().click(); await page.waitForTimeout(200); await page.locator(open).first().scrollIntoViewIfNeeded(); }
const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
console.log("overflow", wide);
await page.screenshot({ path: out, fullPage: full === "full" });
await browser.close();
