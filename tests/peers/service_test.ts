/** What a service is started with: the permissions of a peer, and no more. */
import { assertEquals } from "@std/assert";
import { peerPermissions } from "../../src/cli/launch.ts";

const FOLDER = "/var/lib/syncytium";
/** The permissions in the line of `file` that begins with `word`. */
async function permissions(file: string, word: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(`../../peers/service/${file}`, import.meta.url));
  const line = text.replaceAll("\\\n", " ").split("\n").find((line) => line.startsWith(word));
  return (line?.match(/--(allow|no-prompt)[^\s",]*/g) ?? []).toSorted();
}

Deno.test("unit and container give a peer what it needs, with its folder to write to", async () => {
  const expected = peerPermissions(FOLDER).toSorted();
  assertEquals(await permissions("syncytium.service", "ExecStart="), expected);
  assertEquals(await permissions("Containerfile", "ENTRYPOINT "), expected);
});
