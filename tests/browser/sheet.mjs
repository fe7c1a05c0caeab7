// A contact sheet of every kind of page, at three sizes, light and dark, English and Korean: `node tests/browser/sheet.mjs [FOLDER [PART]]`;
// with a part only sheets whose name has it: `1280x720-light-en`. In the folder stand the pictures, and one sheet for each size, theme and language.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, startBrowser, startServer } from "./harness.mjs";
import { PAGES } from "./pages.mjs";

const folder = process.argv[2] ?? join(root, "target", "sheet");
mkdirSync(folder, { recursive: true });
const server = await startServer();
const browser = await startBrowser();
try {
  for (const [width, height] of [[1440, 900], [1280, 720], [390, 844]]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const lang of ["en", "ko"]) {
        const sheet = `${width}x${height}-${colorScheme}-${lang}`;
        if (!sheet.includes(process.argv[3] ?? "")) continue;
        const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
        const page = await context.newPage();
        const cells = [];
        for (const [name, path] of PAGES) {
          await page.goto(`${server.url}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
          const file = join(folder, `${name}-${sheet}.png`);
          await page.screenshot({ path: file });
          cells.push(`<figure><img src="data:image/png;base64,${readFileSync(file).toString("base64")}"><figcaption>${name}</figcaption></figure>`);
        }
        const wide = width < 500 ? 200 : 460;
        // A page of its own: the server's forbid styles that are not theirs.
        const paper = await context.newPage();
        await paper.setViewportSize({ width: 1900, height: 1000 });
        await paper.setContent(`<style>body{margin:8px;display:flex;flex-wrap:wrap;gap:8px;font:14px sans-serif;background:#888}figure{margin:0;width:${wide}px;background:#fff}img{width:100%}</style>${cells.join("")}`);
        await paper.screenshot({ path: join(folder, `sheet-${sheet}.png`), fullPage: true });
        console.log(join(folder, `sheet-${sheet}.png`));
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
