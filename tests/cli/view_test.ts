/** The viewer's command line: what is asked for, and what ends it before anything is served. */
import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../src/cli/command.ts";
import { view } from "../../src/cli/view.ts";
import { UserError } from "../../src/core/errors.ts";
import { withFolder } from "../data/_files.ts";
import { writeVolume } from "../viewer/_files.ts";

Deno.test("predictions may be several, names are one list, and the port is chosen unless it is said", () => {
  const { flags, arguments: given } = view.read(
    ["scan.nii", "--prediction", "a.nii", "--prediction", "b.nii", "--labels", "left, right"],
  )!;
  assertEquals([given.input, flags.prediction, flags.labels], ["scan.nii", ["a.nii", "b.nii"], ["left", "right"]]);
  assertEquals([flags.port, flags.truth], [0, undefined]);
});

Deno.test("a mistake ends it with a sentence: no input, no file, a port that is none or in use", () =>
  withFolder(async (directory) => {
    const scan = await writeVolume(`${directory}/scan.nii`);
    await assertRejects(() => view.run([]), UsageError, "1 argument(s) expected");
    await assertRejects(() => view.run([scan, "--port", "70000"]), UsageError, "from 0 to 65535, got 70000");
    await assertRejects(() => view.run([`${directory}/other.nii`]), UserError, "it must exist");
    await assertRejects(() => view.run([scan, "--truth", `${directory}/label.nii`]), UserError, "it must exist");
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr as Deno.NetAddr;
    await assertRejects(() => view.run([scan, "--port", String(port)]), UserError, "the port must be free");
  }));
