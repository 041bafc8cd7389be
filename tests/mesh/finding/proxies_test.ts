/** Which proxy the environment names for a host, as Deno takes it. */
import { assertEquals } from "@std/assert";
import { isProxy, namedProxy, proxyFor } from "../../../src/mesh/finding/proxies.ts";

Deno.test("a proxy is named with and without scheme, port and login, and the password is not shown", () => {
  const named = (value: string) => namedProxy({ HTTPS_PROXY: value });
  const proxy = { variable: "HTTPS_PROXY", hostname: "p.hospital", withTls: false };
  assertEquals(named("http://p.hospital:3128"), { ...proxy, port: 3128, shown: "p.hospital:3128 (HTTPS_PROXY)" });
  assertEquals(named("p.hospital"), { ...proxy, port: 80, shown: "p.hospital:80 (HTTPS_PROXY)" });
  assertEquals(named("https://u:p%40ss%20word@p.hospital/"), {
    ...{ ...proxy, withTls: true, port: 443, shown: "p.hospital:443 (HTTPS_PROXY)" },
    login: { user: "u", password: "p@ss word" },
  });
  for (const value of ["http://", "ftp://p.hospital", "http://p:port"]) {
    assertEquals(isProxy(named(value)), false, value);
  }
  assertEquals([namedProxy({}), named("")], [undefined, undefined]);
  const variable = (environment: Record<string, string>) => namedProxy(environment)?.variable;
  assertEquals(variable({ https_proxy: "a", ALL_PROXY: "b" }), "ALL_PROXY");
  assertEquals(variable({ https_proxy: "a", HTTP_PROXY: "b" }), "https_proxy");
});

Deno.test("NO_PROXY leaves names with all below them, addresses and networks out", () => {
  const goesBy = (host: string, NO_PROXY: string) =>
    proxyFor(host, { HTTPS_PROXY: "http://p", NO_PROXY }) !== undefined;
  const rows: [host: string, exceptions: string, goesBy: boolean][] = [
    ["relay.example", "", true],
    ["relay.example", "*", false],
    ["relay.example", "example", false],
    ["relay.example", " other , .example", false],
    ["relay.example", "relay.example", false],
    ["relay.example", "elay.example", true],
    ["10.1.2.3", "10.0.0.0/8", false],
    ["11.1.2.3", "10.0.0.0/8,127.0.0.1", true],
    ["10.1.2.3", "10.1.2.3", false],
    ["10.1.2.3", "10.0.0.0/99,::/0", true],
    ["2001:db8::1", "2001:db8::/32", false],
  ];
  for (const row of rows) assertEquals([row[0], row[1], goesBy(row[0], row[1])], row);
  assertEquals(proxyFor("a.b", { HTTPS_PROXY: "http://p", no_proxy: "b" }), undefined);
});
