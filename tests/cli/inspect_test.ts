import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { counting, countingSpec, type HandMade, handMadeFile, withFolder } from "../data/_files.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** Runs `inspect` as a process of its own, with the permissions of the task. */
async function inspect(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--config", `${root}deno.json`, `${root}src/cli/inspect.ts`, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("inspect --json prints one object with all fields", async () => {
  await withFolder(async (directory) => {
    const shortened = Math.fround(3.3);
    const path = `${directory}/a.nii`;
    await Deno.writeFile(path, counting([3, 2, 2, 2], { slope: -0.5, inter: 1, pixdim: [1, 2, 3.3, 9] }));
    const { code, stdout, stderr } = await inspect(path, "--json");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(JSON.parse(stdout), {
      dims: [3, 2, 2, 2],
      datatype: "int16",
      spacing: [1, 2, 3.3, 9],
      orientation: "LAS",
      affine: [[-1, 0, 0, 1], [0, 2, 0, -1], [0, 0, shortened, -shortened / 2], [0, 0, 0, 1]],
      min: -10.5,
      max: 1,
      mean: -4.75,
      notFinite: { nan: 0, plusInfinity: 0, minusInfinity: 0 },
      remarks: [],
    });
  });
});

Deno.test("inspect prints the same for people", async () => {
  await withFolder(async (directory) => {
    const rest = "datatype +int16\nspacing +1 x 1 x 1 mm\norientation +LAS\nmin +0\nmax +11\nmean +5.5\n$";
    for (
      const [dims, shown] of [
        [[3, 2, 2], "^dims +3 x 2 x 2\n"],
        [[3, 2, 1, 2], "^dims +3 x 2 x 1 x 2\nframes +2: channels where dataset.json names as many\n"],
      ] as const
    ) {
      await Deno.writeFile(`${directory}/a.nii`, counting([...dims]));
      const { code, stdout } = await inspect(`${directory}/a.nii`);
      assertEquals(code, 0);
      assertMatch(stdout, new RegExp(shown + rest));
    }
  });
});

Deno.test("inspect tells people of voxels that are not finite, and of a header that contradicts itself", async () => {
  await withFolder(async (directory) => {
    const srow = [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0]];
    const put: HandMade["put"] = (view, at, index, le) =>
      view.setFloat32(at, [1, Infinity, NaN, -Infinity, 3][index], le);
    const spec = countingSpec([5, 1, 1], { code: 16, bytesPerVoxel: 4, put, sformCode: 1, srow });
    await Deno.writeFile(`${directory}/a.nii`, handMadeFile(spec));
    const { stdout } = await inspect(`${directory}/a.nii`);
    const rest = stdout.slice(stdout.indexOf("min "));
    const note = "pixdim says that voxels are 1 x 1 x 1 mm, the affine 2 x 2 x 3 mm: pixdim's are taken";
    assertEquals(rest.replace(/ {2,}/g, " ").trimEnd().split("\n"), [
      "min 1",
      "max 3",
      "mean 2",
      "not finite 1 NaN, 1 +infinity, 1 -infinity",
      `note ${note}`,
    ]);
  });
});

Deno.test("a user's mistake is one line and exit code 1, a wrong command line exit code 2", async () => {
  await withFolder(async (directory) => {
    await Deno.writeFile(`${directory}/empty.nii`, new Uint8Array());
    for (
      const [args, code, line] of [
        [[`${directory}/empty.nii`], 1, /^error: .*must not be empty \(.*empty\.nii: 0 bytes\)\n$/],
        [[`${directory}/none.nii`], 1, /^error: .*must exist \(.*none\.nii\)\n$/],
        [
          [`${directory}/empty.nii`, "--jason"],
          2,
          /^error: unknown flag --jason \(did you mean --json\?\); usage: inspect FILE \[--json\]\n$/,
        ],
        [[], 2, /^error: 1 argument\(s\) expected, 0 given; usage: inspect FILE \[--json\]\n$/],
      ] as const
    ) {
      const result = await inspect(...args);
      assertEquals([result.code, result.stdout], [code, ""]);
      assertMatch(result.stderr, line);
    }
  });
});
