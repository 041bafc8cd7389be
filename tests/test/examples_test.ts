import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { examplesIn, examplesOf } from "../../scripts/test/_examples.ts";

Deno.test("an example is a block of ts in a comment, its paths those from its file", () => {
  const text = [
    ...[
      "/**",
      " * Adds.",
      " *",
      " * ```ts",
      ' * import { add } from "./add.ts";',
      " *",
      " * add(1,",
      " *   2);",
      " * ```",
    ],
    ...[" *", " * ```", " * a picture", " * ```", " */", "export const text = `", "```ts", "none();", "```", "`;"],
    ...["/** ```ts */", "  /**", "   * ```ts", '   * import("../b.ts");', "   * ```", "   */"],
  ].join("\n");
  assertEquals(examplesIn(text, { path: "/p/src/a.ts", name: "src/a.ts" }), [
    { name: "src/a.ts:4", module: 'import { add } from "file:///p/src/add.ts";\n\nadd(1,\n  2);' },
    { name: "src/a.ts:22", module: 'import("file:///p/b.ts");' },
  ]);
});

Deno.test("the package's own page and the sources below have examples, each of them once", () => {
  const names = examplesOf(fromFileUrl(new URL("../../", import.meta.url)), "src", ["mod.ts"]).map(({ name }) => name);
  for (const file of ["mod.ts", "src/core/mod.ts"]) assert(names.some((name) => name.startsWith(`${file}:`)), file);
  assertEquals(new Set(names).size, names.length);
});
