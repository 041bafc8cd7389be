/** What a killed run leaves on the machine, and that no more than it is taken away. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeNetwork, mountDisk, takeAwayLeft, whyNotHere } from "../../scripts/hardships/_machine.ts";
import { withDirectory } from "../integration/_consortium.ts";
import { root } from "../integration/fixtures/deno_run.ts";

const missing = await whyNotHere("cut") ?? await whyNotHere("disk");
const name =
  "networks and disks of a run that was killed are taken away by the next one, those of a living one are not";

/** The namespaces, and the disks and where they are mounted, that are there. */
async function there(): Promise<string> {
  const said = ["ip netns list", "findmnt --raw --noheadings --output SOURCE,TARGET"].map(async (command) => {
    const [program, ...args] = command.split(" ");
    const { stdout } = await new Deno.Command(program, { args }).output();
    return new TextDecoder().decode(stdout);
  });
  return (await Promise.all(said)).join("");
}

Deno.test({
  name: missing ? `${name} (skipped: ${missing})` : name,
  ignore: missing !== undefined,
  fn: () =>
    withDirectory(async (directory) => {
      const [left, own] = [join(directory, "a disk that is left"), join(directory, "own")];
      const args = ["run", "-A", "--no-check", `${root}tests/hardships/fixtures/leaving.ts`, left];
      const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
      await child.stdout.getReader().read();
      child.kill("SIGKILL");
      await child.status;
      await using _network = await makeNetwork(["own"]);
      await using _disk = await mountDisk(own);
      const taken = await takeAwayLeft();
      const names = ["internet", "left"].map((site) => `${site}-hardships-${child.pid}`);
      const ofIt = taken.filter(({ what }) => what === left || names.includes(what));
      assertEquals(new Set(ofIt), new Set([left, ...names].map((what) => ({ what }))));
      const now = await there();
      const ofTheLiving = [`own-hardships-${Deno.pid}`, `hardships-${Deno.pid} ${own}`];
      assertEquals(ofTheLiving.map((one) => now.includes(one)), [true, true]);
      assertEquals([left.replaceAll(" ", "\\x20"), ...names].filter((one) => now.includes(one)), []);
    }),
});
