/** Locks between processes. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { lockFile, lockFolder } from "../../src/core/lock.ts";

const options = { doing: "starting", what: '"stateDirectory"', by: "node first.json" };

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "syncytium-lock-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What lies in a folder, with times and sizes. */
async function listing(folder: string): Promise<unknown[]> {
  const found = [];
  for await (const { name } of Deno.readDir(folder)) {
    const { size, mtime } = await Deno.stat(join(folder, name));
    found.push([name, size, mtime?.getTime()]);
  }
  return found.sort();
}

Deno.test("a folder has one holder, whom the second is told of, and nothing in it is touched", () =>
  withFolder(async (folder) => {
    using _lock = await lockFolder(folder, options);
    const before = await listing(folder);
    const error = await assertRejects(
      () => lockFolder(folder, { ...options, by: "node second.json" }),
      UserError,
      `starting: "stateDirectory" ${folder} is in use by process ${Deno.pid}`,
    );
    assertStringIncludes(error.message, "(node first.json)");
    assertEquals(await listing(folder), before);
  }));

Deno.test("a folder is the same through a link and by another spelling of its path", () =>
  withFolder(async (folder) => {
    const state = join(folder, "state");
    using _lock = await lockFolder(state, options);
    await Deno.symlink(state, join(folder, "link"));
    for (const path of [join(folder, "link"), `${folder}/./other/../state/`]) {
      await Deno.mkdir(join(folder, "other"), { recursive: true });
      await assertRejects(() => lockFolder(path, options), UserError, "is in use");
    }
  }));

Deno.test("a lock that is released can be taken again, and releasing twice changes nothing", () =>
  withFolder(async (folder) => {
    for (let i = 0; i < 2; i++) {
      const lock = await lockFolder(folder, options);
      lock.release();
      lock.release();
    }
  }));

Deno.test("whoever waits for a lock gets it once it is released", () =>
  withFolder(async (folder) => {
    const path = join(folder, "keys");
    const first = await lockFile(path, options);
    const second = lockFile(path, { ...options, patience: 10_000 });
    first.release();
    (await second).release();
  }));

Deno.test("kill -9 leaves no lock behind", () =>
  withFolder(async (folder) => {
    const script = `import { lockFolder } from "${import.meta.resolve("../../src/core/lock.ts")}";
      await lockFolder(${JSON.stringify(folder)}, { doing: "", what: "", by: "killed" });
      console.log("held");
      await new Promise((resolve) => setTimeout(resolve, 60_000));`;
    await using child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", `--config=${fromFileUrl(import.meta.resolve("../../deno.json"))}`, script],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    assertStringIncludes(new TextDecoder().decode((await reader.read()).value), "held");
    await assertRejects(() => lockFolder(folder, options), UserError, `process ${child.pid}`);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    (await lockFolder(folder, options)).release();
  }));

Deno.test("a folder that cannot be made or written is one sentence", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    await assertRejects(
      () => lockFolder(join(folder, "file"), options),
      UserError,
      'starting: "stateDirectory" must be writable',
    );
    await Deno.mkdir(join(folder, "taken", ".lock"), { recursive: true });
    await assertRejects(() => lockFolder(join(folder, "taken"), options), UserError, "must be writable");
  }));

Deno.test("a file system without locks costs a warning", () =>
  withFolder(async (folder) => {
    const { tryLock } = Deno.FsFile.prototype;
    try {
      Deno.FsFile.prototype.tryLock = () => Promise.reject(new Deno.errors.NotSupported("no locks available"));
      using lock = await lockFolder(folder, options);
      assert(lock.warning?.includes("without locks (no locks available)"), lock.warning);
    } finally {
      Deno.FsFile.prototype.tryLock = tryLock;
    }
  }));
