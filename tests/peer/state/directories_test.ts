/** A peer's folders are each for one peer at a time. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { AuditLog } from "../../../src/peer/audit/audit_log.ts";
import { runPeer } from "../../../src/peer/peer.ts";
import { holdDirectories } from "../../../src/peer/state/directories.ts";
import { siteIn, withDirectory } from "../_site.ts";

/** Names, sizes and times of everything below `directory`. */
async function everything(directory: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    const { size, mtime } = await Deno.stat(path);
    found.push([path, size, mtime?.getTime(), ...isDirectory ? await everything(path) : []]);
  }
  return found.sort();
}

Deno.test("two peers have neither their state nor their results in one folder", () =>
  withDirectory(async (directory) => {
    const [stateDirectory, outputDirectory] = [join(directory, "state"), join(directory, "results")];
    using held = await holdDirectories({ stateDirectory, outputDirectory }, "node --config a.json");
    assertEquals(held.warnings, []);
    const other = join(directory, "other");
    for (
      const [changes, field] of [
        [{ stateDirectory, outputDirectory: other }, "stateDirectory"],
        [{ stateDirectory: other, outputDirectory }, "outputDirectory"],
        [{ stateDirectory: other, outputDirectory: stateDirectory }, "outputDirectory"],
      ] as const
    ) {
      const error = await assertRejects(() => holdDirectories(changes, "node --config b.json"), UserError);
      assertStringIncludes(error.message, `starting the peer: "${field}" `);
      assertStringIncludes(error.message, "(node --config a.json)");
    }
  }));

Deno.test("a peer may have state and results in one folder, and both are free again when it has ended", () =>
  withDirectory(async (directory) => {
    await Deno.mkdir(join(directory, "real"));
    await Deno.symlink(join(directory, "real"), join(directory, "link"));
    const both = { stateDirectory: join(directory, "real"), outputDirectory: join(directory, "link") };
    for (let i = 0; i < 2; i++) (await holdDirectories(both, "a"))[Symbol.dispose]();
  }));

Deno.test("a peer whose second folder is taken gives the first back", () =>
  withDirectory(async (directory) => {
    const [a, b, shared] = ["a", "b", "shared"].map((name) => join(directory, name));
    using _held = await holdDirectories({ stateDirectory: a, outputDirectory: shared }, "a");
    await assertRejects(() => holdDirectories({ stateDirectory: b, outputDirectory: shared }, "b"), UserError);
    (await holdDirectories({ stateDirectory: b, outputDirectory: b }, "b"))[Symbol.dispose]();
  }));

Deno.test("a peer that is started a second time ends before it touches anything", () =>
  withDirectory(async (directory) => {
    const configuration = siteIn(directory);
    using _held = await holdDirectories(configuration, "node --config site.json");
    const before = await everything(directory);
    const error = await assertRejects(() => runPeer(configuration, { emit: () => {} }), UserError);
    assertStringIncludes(error.message, `"stateDirectory" ${configuration.stateDirectory} is in use by process`);
    assertEquals(await everything(directory), before);
  }));

Deno.test({
  name:
    "what is secret is the site's own whatever is usual on the machine, and a folder that others may write in is told",
  ignore: Deno.build.os === "windows", // which has no modes
  fn: () =>
    withDirectory(async (directory) => {
      const [stateDirectory, outputDirectory] = [join(directory, "deep", "state"), join(directory, "results")];
      const modeOf = async (path: string) => (await Deno.stat(path)).mode! & 0o777;
      const umask = Deno.umask(0);
      try {
        using held = await holdDirectories({ stateDirectory, outputDirectory }, "node --config a.json");
        assertEquals([held.warnings, await modeOf(stateDirectory)], [[], 0o700]);
        const log = new AuditLog(join(stateDirectory, "audit.jsonl"));
        await log.open();
        await log.close();
        assertEquals(await modeOf(join(stateDirectory, "audit.jsonl")), 0o600);
      } finally {
        Deno.umask(umask);
      }
      await Deno.chmod(stateDirectory, 0o777);
      using held = await holdDirectories({ stateDirectory, outputDirectory }, "node --config a.json");
      assertStringIncludes(
        held.warnings.join(),
        `others on this machine may write in "stateDirectory" ${stateDirectory}`,
      );
      assertStringIncludes(held.warnings.join(), "(mode 777): chmod 700");
    }),
});
