import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { checkWeb, isLoopback, webAddress } from "../../src/settings/web.ts";

Deno.test("an address is an IP address or localhost with a port, or a port of this machine alone", () => {
  const addresses = {
    "127.0.0.1:8080": ["127.0.0.1", 8080, true],
    "localhost:0": ["127.0.0.1", 0, true],
    "8080": ["127.0.0.1", 8080, true],
    "[::1]:8080": ["::1", 8080, true],
    "127.9.9.9:1": ["127.9.9.9", 1, true],
    "0.0.0.0:8080": ["0.0.0.0", 8080, false],
    "[::]:8080": ["::", 8080, false],
    "10.1.2.3:65535": ["10.1.2.3", 65535, false],
  };
  for (const [listen, expected] of Object.entries(addresses)) {
    const { hostname, port } = webAddress(listen)!;
    assertEquals([hostname, port, isLoopback({ hostname })], expected, listen);
  }
  const wrong = [
    "",
    ":8080",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "::1:8080",
    "[127.0.0.1]:80",
    "host:80",
    "-1",
  ];
  for (const listen of [...wrong, "127.0.0.1:8080/", "http://127.0.0.1:8080", "1.2.3:80"]) {
    assertEquals(webAddress(listen), undefined, listen);
  }
});

Deno.test("others than this machine's addresses need a token, which the refusal says in one sentence", () => {
  const token = "0123456789abcdef";
  for (const listen of ["127.0.0.1:1", "[::1]:1", "8080"]) checkWeb({ listen, hosts: [] }, "site.json");
  checkWeb({ listen: "0.0.0.0:8080", token, hosts: [] }, "site.json");
  const refusal = (listen: string) =>
    assertThrows(() => checkWeb({ listen, hosts: [] }, "site.json"), UserError).message;
  assertEquals(
    refusal("0.0.0.0:8080"),
    'reading the configuration: an address that others reach needs a "web.token", which whoever sees the page must ' +
      'know (site.json, field "web.listen": 0.0.0.0:8080)',
  );
  assertEquals(
    refusal("host:80"),
    "reading the configuration: must be an IP address or localhost with a port, as in 127.0.0.1:8080 or [::1]:8080, " +
      'or a port alone (site.json, field "web.listen": host:80)',
  );
});
