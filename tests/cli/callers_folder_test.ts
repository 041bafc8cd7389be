/** Paths on the command line of a task are those of who called it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { counting, withFolder } from "../data/_files.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** `inspect a.nii` as a task runs it, or as somebody does in `cwd`, called from `caller`. */
async function inspect(cwd: string, caller: string) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-env=INIT_CWD", "--allow-read"],
      ...["--config", join(root, "deno.json"), join(root, "src/cli/inspect.ts"), "a.nii"],
    ],
    ...{ cwd, env: { INIT_CWD: caller, NO_COLOR: "1" } },
  }).output();
  return { code, errors: new TextDecoder().decode(stderr) };
}

Deno.test("a task takes paths from the folder that it was called from, any other command from its own", () =>
  withFolder(async (directory) => {
    await Deno.writeFile(join(directory, "a.nii"), counting([3, 2, 2, 2]));
    assertEquals((await inspect(root, directory)).code, 0);
    await withFolder(async (other) => {
      const { code, errors } = await inspect(other, directory);
      assertEquals(code, 1);
      assertStringIncludes(errors, "must exist (a.nii)");
    });
  }));
