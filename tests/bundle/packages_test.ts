/** Where packages come from and go to, and whose licences they have. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import deno from "../../deno.json" with { type: "json" };
import { UserError } from "../../src/core/errors.ts";
import { type Carried, carriedPackage, licencesText } from "../../scripts/bundle/licences.ts";
import { needsIn } from "../../scripts/bundle/modules.ts";
import { lostExports, moduleName, packageFolder, packagePath } from "../../scripts/bundle/packages.ts";

Deno.test("every import of deno.json becomes a module of its own name", () => {
  const names = Object.keys(deno.imports).map(moduleName);
  assertEquals(new Set(names).size, names.length);
  assertEquals(
    moduleName("@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js"),
    "tensorflow__tfjs-node__dist__nodejs_kernel_backend",
  );
});

Deno.test("a name of deno.json is a path in its package", () => {
  const path = (name: string) => packagePath(name, deno.imports);
  assertEquals(path("libp2p"), "libp2p");
  assertEquals(path("@std/path"), "deno-std/path/mod.js");
  assertEquals(path("@libp2p/crypto/keys"), "@libp2p/crypto/keys");
  assertEquals(path("multiformats/hashes/digest"), "multiformats/hashes/digest");
  assertThrows(() => path("left-pad"), UserError, 'every import must stand in "imports" of deno.json');
});

Deno.test("what is imported for its types only is not needed, what is loaded later is", () => {
  const dependencies = [
    { specifier: "libp2p", code: {} },
    { specifier: "fast-check" },
    { specifier: "./b.ts", code: {} },
    { specifier: "node:fs", code: {} },
  ];
  const modules = [
    { specifier: "file:///p/src/a.ts", dependencies },
    { specifier: "file:///p/src/b.ts", dependencies: [{ specifier: "comlink", code: {} }] },
    { specifier: "file:///elsewhere/c.ts", dependencies: [{ specifier: "ajv", code: {} }] },
  ];
  assertEquals(needsIn({ modules }, "file:///p/"), {
    packages: ["comlink", "libp2p"],
    files: ["src/a.ts", "src/b.ts"],
  });
});

Deno.test("a file belongs to the package of the innermost node_modules", () => {
  const inside = "node_modules/.deno/a@1.0.0/node_modules";
  assertEquals(packageFolder(`${inside}/@libp2p/tcp/dist/src/index.js`), `${inside}/@libp2p/tcp`);
  assertEquals(packageFolder(`${inside}/ws/index.js`), `${inside}/ws`);
  assertEquals(packageFolder("libp2p.mjs"), undefined);
});

Deno.test("a package's licence is read with all its texts, those of long ago too", async () => {
  const folder = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const write = (file: string, text: string) => Deno.writeTextFile(`${folder}/${file}`, text);
    await write("package.json", JSON.stringify({ name: "old", version: "1.0.0", license: { type: "MIT" } }));
    assertEquals(await carriedPackage(folder), { name: "old", version: "1.0.0", licence: "MIT" });
    await Promise.all([write("LICENSE", "permission\n"), write("NOTICE.txt", "who made it\n"), write("index.js", "1")]);
    assertEquals((await carriedPackage(folder)).text, "permission\n\nwho made it");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the page of licences lists every package, and has the usual text for one that brings none", () => {
  const carried: Carried[] = [
    { name: "b", version: "2.0.0", licence: "Apache-2.0 OR MIT" },
    { name: "a", version: "1.0.0", licence: "ISC", text: "the text of a" },
  ];
  const text = licencesText(carried, {
    MIT: { licenseText: "usual MIT" },
    "Apache-2.0": { licenseText: "usual Apache" },
  });
  assertStringIncludes(text, "a 1.0.0: ISC\nb 2.0.0: Apache-2.0 OR MIT\n");
  for (const part of ["a 1.0.0\n\nthe text of a", "MIT\n\nusual MIT", "Apache-2.0\n\nusual Apache"]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("exports that a bundled package lacks are found, but the default that its other form does not have", () => {
  const before = { libp2p: ["createLibp2p", "isLibp2p"], "jsonc-parser": ["default", "parse"] };
  const after = { libp2p: ["isLibp2p"], "jsonc-parser": ["parse"] };
  assertEquals(lostExports(before, after, deno.imports), ["createLibp2p of libp2p"]);
  assertEquals(lostExports({ libp2p: ["default"] }, { libp2p: [] }, deno.imports), ["default of libp2p"]);
});
