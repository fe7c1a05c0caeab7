// A server and a browser for all tests of a file: whoever imports them has them started before its tests and ended after.
import { after, before } from "node:test";
import { startBrowser, startServer } from "./harness.mjs";

export let server;
export let browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});
