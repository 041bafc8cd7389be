/** A peer, and what looks at one, that Deno does not let do what it needs. */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

for (const script of ["peers/node.ts", "src/cli/doctor.ts"]) {
  Deno.test(`${script} without the environment ends with one sentence, before anything is loaded that reads it`, async () => {
    const file = fromFileUrl(new URL(`../../${script}`, import.meta.url));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--allow-net", "--allow-read", file, "--config", "none.json"],
      ...{ stdin: "null", env: { NO_COLOR: "1" } },
    }).output();
    const told =
      "error: starting: Deno must be allowed to read the environment, which libp2p needs; give it --allow-env\n";
    assertEquals([code, new TextDecoder().decode(stderr)], [1, told]);
  });
}
