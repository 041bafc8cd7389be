import { assert, assertEquals } from "@std/assert";
import { freePorts } from "../../src/cli/consortium.ts";

Deno.test("free ports can be listened on, each by one, and are none of those that systems give to connections", () => {
  const ports = freePorts(200);
  assertEquals(new Set(ports).size, 200);
  assert(ports.every((port) => port >= 1024 && port < 32_768), ports.join(", "));
  const listeners = ports.map((port) => Deno.listen({ hostname: "127.0.0.1", port }));
  for (const listener of listeners) listener.close();
});
