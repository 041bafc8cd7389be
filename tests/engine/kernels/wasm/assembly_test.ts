import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const project = fromFileUrl(new URL("../../../../", import.meta.url));
const folder = join(project, "src/engine/kernels/wasm");
const names = ["kernels.simd.wasm", "kernels.relaxed.wasm"];

Deno.test("the committed kernels are what their sources give, byte for byte", async () => {
  const fresh = await Deno.makeTempDir();
  try {
    // a process of its own, because the compiler (109 MB) must not get into the lock file
    const command = new Deno.Command(Deno.execPath(), {
      cwd: project,
      args: [
        ...["run", "--no-prompt", "--no-lock", "--allow-read", "--allow-write", "--allow-env", "--allow-sys"],
        ...["scripts/kernels.ts", fresh],
      ],
    });
    const { success, stderr } = await command.output();
    assert(success, new TextDecoder().decode(stderr));
    for (const name of names) {
      const [built, committed] = await Promise.all([fresh, folder].map((at) => Deno.readFile(join(at, name))));
      assert(
        built.length === committed.length && built.every((byte, i) => byte === committed[i]),
        `${name} differs from a fresh build: run \`deno task kernels\` and commit the result`,
      );
    }
  } finally {
    await Deno.remove(fresh, { recursive: true });
  }
});

for (const name of names) {
  Deno.test(`${name} brings no data of its own into tfjs's memory`, async () => {
    const bytes = await Deno.readFile(join(folder, name));
    const module = await WebAssembly.compile(bytes);
    assertEquals(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
    assertEquals(sectionsOf(bytes).filter((id) => id === 8 || id === 11), []);
  });
}

/** The ids of a module's sections: 8 is a start function, 11 data. */
function sectionsOf(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]);
    let [size, shift, byte] = [0, 0, 0];
    do {
      byte = bytes[at++];
      size |= (byte & 127) << shift;
      shift += 7;
    } while (byte & 128);
    at += size;
  }
  return ids;
}
