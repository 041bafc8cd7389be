import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Access } from "../../../src/live/server/access.ts";
import { answer, type Routes } from "../../../src/live/server/answer.ts";

const ROUTES: Routes = {
  "/": { answer: () => ({ type: "text/html; charset=utf-8", body: "<p>page</p>" }) },
  "/healthz": { open: true, answer: () => ({ status: 503, body: "stuck\n" }) },
  "/broken": {
    answer: () => {
      throw new Error("no figures");
    },
  },
};

function asker(token?: string) {
  const access = new Access({ listen: "127.0.0.1:8080", hosts: [], site: "north", ...(token && { token }) });
  const failures: string[] = [];
  const ask = (path: string, { method = "GET", headers = {} as Record<string, string> } = {}) =>
    answer({
      method,
      url: `http://127.0.0.1:8080${path}`,
      headers: new Headers({ host: "127.0.0.1:8080", ...headers }),
    }, {
      ...{ access, routes: ROUTES },
      failed: (path, error) => failures.push(`${path}: ${error}`),
    });
  return { ask, failures };
}

Deno.test("the listed paths are answered, to GET and HEAD only, and nothing else is", async () => {
  const { ask } = asker();
  const page = await ask("/?a=b");
  assertEquals([page.status, page.headers.get("content-type"), await page.text()], [
    ...[200, "text/html; charset=utf-8", "<p>page</p>"],
  ]);
  const head = await ask("/", { method: "HEAD" });
  assertEquals([head.status, head.body], [200, null]);
  for (const path of ["/state/", "//", "/constructor", "/__proto__", "/%2e%2e/state"]) {
    assertEquals((await ask(path)).status, 404, path);
  }
  assertEquals((await ask("/", { method: "POST" })).status, 405);
});

Deno.test("every answer forbids whatever is not from this server, and is kept nowhere", async () => {
  const { ask } = asker("0123456789abcdef");
  for (const path of ["/", "/healthz", "/nowhere", "/?token=0123456789abcdef"]) {
    const { headers } = await ask(path);
    const policy = headers.get("content-security-policy")!;
    assertMatch(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert(!/script-src[^;]*unsafe|\*|https?:/.test(policy), policy);
    assertEquals(
      ["referrer-policy", "x-content-type-options", "cache-control"].map((name) => headers.get(name)),
      ["no-referrer", "nosniff", "no-store"],
    );
  }
});

Deno.test("other hosts are refused before anything else", async () => {
  const response = await asker().ask("/healthz", { headers: { host: "evil.example" } });
  assertEquals(response.status, 403);
  assertStringIncludes(await response.text(), "web.hosts");
});

Deno.test("a host that makes no address is refused, not thrown at", async () => {
  const access = new Access({ listen: "127.0.0.1:8080", hosts: [], site: "north" });
  const host = "127.0.0.1:99999";
  const request = { method: "GET", url: `http://${host}/`, headers: new Headers({ host }) };
  assertEquals((await answer(request, { access, routes: ROUTES, failed: () => {} })).status, 400);
});

Deno.test("without the token only what is open is answered, and unknown paths look like the others", async () => {
  const { ask } = asker("0123456789abcdef");
  for (const path of ["/", "/nowhere"]) {
    const response = await ask(path);
    assertEquals([response.status, response.headers.get("www-authenticate")], [401, "Bearer"]);
  }
  assertEquals((await ask("/healthz")).status, 503);
  const link = await ask("/?token=0123456789abcdef");
  assertEquals([link.status, link.headers.get("location")], [303, "./"]);
  const cookie = link.headers.get("set-cookie")!.split(";")[0];
  assertEquals((await ask("/", { headers: { cookie } })).status, 200);
});

Deno.test("what fails in an answer is told with its path, and answered", async () => {
  const { ask, failures } = asker();
  const response = await ask("/broken");
  assertEquals([response.status, await response.text()], [500, "this cannot be told now: no figures\n"]);
  assertEquals(failures, ["/broken: Error: no figures"]);
});
