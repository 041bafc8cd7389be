import { assertEquals } from "@std/assert";
import { sha256Hex } from "../../src/core/digest.ts";

Deno.test("text and its bytes have one digest, the one of FIPS 180-2's example", async () => {
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals(await sha256Hex("abc"), expected);
  assertEquals(await sha256Hex(new Uint8Array([97, 98, 99])), expected);
});
