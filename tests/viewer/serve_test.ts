import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { serveViewer } from "../../src/viewer/serve.ts";

const show = { title: "a", labels: new Map<number, string>(), cases: [] };

Deno.test("the page is served on 127.0.0.1 until it is ended, with niivue beside it, and a port in use is named", async () => {
  const ending = new AbortController();
  const { url, finished } = await serveViewer(show, { signal: ending.signal });
  assertMatch(url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
  const niivue = await (await fetch(`${url}niivue.js`)).text();
  assertMatch(niivue, /export\s*\{[^}]*\bNiivue\b/);
  assertEquals((await fetch(url, { method: "HEAD" })).status, 200);
  const port = Number(new URL(url).port);
  await assertRejects(() => serveViewer(show, { port }), UserError, `the port must be free`);
  ending.abort();
  await finished;
});
