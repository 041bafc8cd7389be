import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../../src/core/errors.ts";
import {
  FOLDER_VARIABLE,
  type Installation,
  installationFolder,
  readInstallation,
  writeInstallation,
} from "../../../../src/engine/kernels/tensorflow/installation.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An installation whose addon is a file that exists. */
async function install(folder: string): Promise<Installation> {
  const addon = join(folder, "pypi", "tfjs_binding.node");
  await Deno.mkdir(join(folder, "pypi"));
  await Deno.writeTextFile(addon, "");
  const installation: Installation = { packageName: "@tensorflow/tfjs-node", addon, version: "2.20.0", cuda: false };
  await writeInstallation(folder, installation);
  return installation;
}

Deno.test("what was set up is read again, also from where its folder was moved to", () =>
  inFolder(async (folder) => {
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    await Deno.mkdir(first);
    const installation = await install(first);
    assertEquals(await readInstallation(first), installation);
    await Deno.rename(first, second);
    const addon = join(second, "pypi", "tfjs_binding.node");
    assertEquals(await readInstallation(second), { ...installation, addon });
  }));

Deno.test("a folder in which nothing was set up is refused with the task that does it", () =>
  inFolder(async (folder) => {
    const refused = await assertRejects(() => readInstallation(folder), UserError, "it must be set up first");
    assert(refused.message.includes("deno task engine:tensorflow"), refused.message);
    assert(refused.message.includes(folder), refused.message);
  }));

Deno.test("an installation that is not whole is refused", () =>
  inFolder(async (folder) => {
    const { addon } = await install(folder);
    const manifest = join(folder, "installation.json");
    const whole = JSON.parse(await Deno.readTextFile(manifest));
    for (const broken of ["{", "null", ...["packageName", "addon", "version", "cuda"].map((field) => without(field))]) {
      await Deno.writeTextFile(manifest, broken);
      await assertRejects(() => readInstallation(folder), UserError, "installation.json is damaged");
    }
    await Deno.writeTextFile(manifest, JSON.stringify({ ...whole, packageName: "@tensorflow/tfjs-other" }));
    await assertRejects(() => readInstallation(folder), UserError, "installation.json is damaged");
    await Deno.writeTextFile(manifest, JSON.stringify(whole));
    await Deno.remove(addon);
    await assertRejects(() => readInstallation(folder), UserError, `its addon ${addon} is gone`);

    function without(field: string): string {
      return JSON.stringify({ ...whole, [field]: undefined });
    }
  }));

Deno.test("the folder lies in the project, or where the environment variable says", () => {
  const before = Deno.env.get(FOLDER_VARIABLE);
  try {
    Deno.env.delete(FOLDER_VARIABLE);
    assert(installationFolder().endsWith(join(".engines", "tensorflow") + "/"), installationFolder());
    Deno.env.set(FOLDER_VARIABLE, "elsewhere");
    assertEquals(installationFolder(), join(Deno.cwd(), "elsewhere"));
  } finally {
    if (before === undefined) Deno.env.delete(FOLDER_VARIABLE);
    else Deno.env.set(FOLDER_VARIABLE, before);
  }
});
