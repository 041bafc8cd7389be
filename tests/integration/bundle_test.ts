/** The offline bundle as a hospital has it: unpacked into an empty place, with no network and nothing around it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { execute, reasonIn } from "../../scripts/engine_tensorflow/execute.ts";
import { counting, withFolder } from "../data/_files.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Before a command: a network of loopback only, and an environment of nothing but the system's programs. */
const CUT_OFF = [
  ...["unshare", "--map-root-user", "--net", "env", "-i", "PATH=/usr/bin:/bin", "HOME=/nonexistent", "NO_COLOR=1"],
  ...["sh", "-c", '/sbin/ip link set lo up && exec "$@"', "sh"],
];

const probe = await execute([...CUT_OFF, "true"]);
const missing = probe.ok ? undefined : reasonIn(probe.stderr);

Deno.test({
  name: `a bundle runs where there is no network and nothing installed${missing ? ` (skipped: ${missing})` : ""}`,
  ignore: missing !== undefined,
  fn: () =>
    withFolder(async (folder) => {
      const archive = join(folder, "syncytium.tar.zst");
      const [, ...command] = deno.tasks.bundle.command.split(" ");
      const made = await execute([Deno.execPath(), ...command, "--out", archive, "--fast"], { cwd: ROOT });
      assert(made.ok, made.stderr);
      const [, digest] = made.stdout.match(/SHA-256 ([0-9a-f]{64})$/) ?? [];
      assertEquals((await execute(["sha256sum", archive])).stdout, `${digest}  ${archive}`);
      assert((await execute(["tar", "-xf", archive, "-C", folder])).ok);

      const run = async (...args: string[]) => {
        const program = join(folder, "syncytium", "syncytium");
        const { ok, stdout, stderr } = await execute([...CUT_OFF, program, ...args], { cwd: folder });
        assert(ok, `${args.join(" ")}: ${stderr}`);
        return stdout;
      };
      assertMatch(
        await run("--version"),
        new RegExp(`^syncytium ${deno.version}, wire version .*, commit [0-9a-f]{40}`),
      );
      assertMatch(await run("verify"), /^all \d+ files are as they were bundled$/);

      // Workers, kernels and tfjs's own .wasm file
      const { engines } = JSON.parse(await run("doctor", "--json", "--engine", "wasm", "--threads", "2"));
      const wasm = engines.find(({ engine }: { engine: string }) => engine === "wasm");
      assert(wasm.info?.gflops > 0, wasm.lacking);
      assertEquals(wasm.info.threads, 2);

      // paths are those of the caller; help names the bundle's commands
      await Deno.writeFile(join(folder, "volume.nii"), counting([3, 2, 2]));
      assertEquals(JSON.parse(await run("inspect", "volume.nii", "--json")).dims, [3, 2, 2]);
      assertStringIncludes(await run("node", "--help"), "usage: ./syncytium node ");
      assertMatch(await run("verify"), /^all \d+ files/);

      const licences = await Deno.readTextFile(join(folder, "syncytium", "LICENCES.txt"));
      for (const line of [/^deno 2\.\d+\.\d+: MIT$/m, /^@tensorflow\/tfjs-core 4\.22\.0: Apache-2\.0$/m]) {
        assertMatch(licences, line);
      }
    }),
});
