import { assert, assertEquals, assertMatch } from "@std/assert";
import { Access, type AccessOptions } from "../../../src/live/server/access.ts";

const TOKEN = "correct-horse-battery";

/** Asks a guard as a browser would. */
function asker(options: Partial<AccessOptions> = {}) {
  const access = new Access({ listen: "127.0.0.1:8080", hosts: [], site: "north", ...options });
  const asked = (headers: Record<string, string>, path = "/") => ({
    ...{ url: `http://127.0.0.1:8080${path}`, headers: new Headers(headers) },
  });
  return {
    judge: (headers: Record<string, string> = {}, path?: string) => access.judge(asked(headers, path)),
    isForHere: (host: string) => access.isForHere(asked(host === "" ? {} : { host })),
  };
}

Deno.test("names that may have been made to lead here are refused; addresses, localhost and known names are not", () => {
  const { isForHere } = asker({ hosts: ["Peer.Hospital.example"] });
  for (const host of ["127.0.0.1:8080", "localhost", "10.1.2.3:80", "[::1]:8080", "peer.hospital.example:443"]) {
    assert(isForHere(host), host);
  }
  for (
    const host of ["", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "[::1"]
  ) {
    assert(!isForHere(host), host);
  }
});

Deno.test("without a token everybody who reaches the page sees it", () => {
  assertEquals(asker().judge(), { allowed: true });
});

Deno.test("with a token a header that has it is let in, and nothing else without a cookie", () => {
  const { judge } = asker({ token: TOKEN });
  assertEquals(judge({ authorization: `Bearer ${TOKEN}` }), { allowed: true });
  const wrong = ["", "Bearer", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN];
  for (const authorization of wrong) {
    const verdict = judge(authorization === "" ? {} : { authorization });
    assert(!verdict.allowed && verdict.status === 401, authorization);
    assert(!JSON.stringify(verdict).includes(TOKEN));
  }
});

Deno.test("a link with the token gives a cookie that is let in, does not hold the token, and is this site's own", () => {
  const { judge } = asker({ token: TOKEN });
  const verdict = judge({}, `/?token=${TOKEN}`);
  const given = "cookie" in verdict ? verdict.cookie : "";
  assertMatch(given, /^syncytium-north=[0-9a-f]{64}; HttpOnly; SameSite=Lax; Max-Age=2592000$/);
  const cookie = given.split(";")[0];
  assertEquals(judge({ cookie: `a=b; ${cookie}; c=d` }), { allowed: true });
  const others = [
    `syncytium-north=${TOKEN}`,
    `${cookie.slice(0, -1)}g`,
    cookie.replace("north", "south"),
    `x${cookie}`,
  ];
  for (const other of others) assert(!judge({ cookie: other }).allowed, other);
  assert(!asker({ token: `${TOKEN}-2` }).judge({ cookie }).allowed);
  const wrong = judge({}, "/?token=nothing");
  assert(!wrong.allowed && wrong.status === 401);
});

Deno.test("behind a proxy that ends TLS the cookie goes by TLS only", () => {
  const verdict = asker({ token: TOKEN }).judge({ "x-forwarded-proto": "https" }, `/?token=${TOKEN}`);
  assert(!verdict.allowed && verdict.status === 303 && verdict.cookie.endsWith("; Secure"));
});
