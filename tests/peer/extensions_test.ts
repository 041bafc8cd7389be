import { assertEquals, assertRejects } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { sha256Hex } from "../../src/core/digest.ts";
import { UserError } from "../../src/core/errors.ts";
import { topologies } from "../../src/mesh/averaging/topologies/topologies.ts";
import { readConfiguration } from "../../src/peer/configuration.ts";
import { extensionUrl, loadExtensions } from "../../src/peer/extensions.ts";
import { withDirectory } from "../integration/_consortium.ts";

const REGISTRY = new URL("../../src/mesh/averaging/topologies/topologies.ts", import.meta.url);
const EXAMPLE = new URL("../../peers/example.json", import.meta.url);

/** A module that registers the ring under another name. */
const ringCalled = (name: string) => `
import { topologies } from "${REGISTRY}";
topologies.register({ ...topologies.named("ring"), name: "${name}" });
`;

async function writeModule(directory: string, name: string, text: string): Promise<string> {
  await Deno.writeTextFile(join(directory, name), text);
  return toFileUrl(join(directory, name)).href;
}

Deno.test("an extension is a path from the configuration's folder, or a URL", () => {
  assertEquals(extensionUrl("./own.ts", "/etc/site"), "file:///etc/site/own.ts");
  assertEquals(extensionUrl("../own.ts", "/etc/site"), "file:///etc/own.ts");
  assertEquals(extensionUrl("/opt/own.ts", "/etc/site"), "file:///opt/own.ts");
  assertEquals(extensionUrl("file:///opt/own.ts", "/etc/site"), "file:///opt/own.ts");
  assertEquals(extensionUrl("https://a.example/own.ts", "/etc/site"), "https://a.example/own.ts");
});

Deno.test("a configuration names what its extensions register; each is told with its digest, and loaded once", () =>
  withDirectory(async (directory) => {
    const text = ringCalled("wheel");
    const url = await writeModule(directory, "wheel.ts", text);
    const example = JSON.parse(await Deno.readTextFile(EXAMPLE));
    const file = join(directory, "site.json");
    const mesh = { ...example.mesh, averaging: { topology: "wheel" } };
    await Deno.writeTextFile(file, JSON.stringify({ ...example, mesh }));
    await assertRejects(() => readConfiguration(file), UserError, 'must be one of "one-peer-exponential"');

    await Deno.writeTextFile(file, JSON.stringify({ ...example, mesh, extensions: ["./wheel.ts"] }));
    const { extensions, mesh: { averaging } } = await readConfiguration(file);
    assertEquals([extensions, averaging.topology], [[url], "wheel"]);
    assertEquals(topologies.named("wheel").links, "two-way");
    const told = [{ url, digest: await sha256Hex(text), variants: ["a topology wheel"] }];
    assertEquals(await loadExtensions(extensions, { where: "again" }), told);
  }));

Deno.test("extensions that are at fault are refused in one sentence that names the module", () =>
  withDirectory(async (directory) => {
    const refused = async (name: string, text: string, rule: string) => {
      const url = await writeModule(directory, name, text);
      const { message } = await assertRejects(() => loadExtensions([url], { where: "site.json" }), UserError, rule);
      assertEquals(message.includes(`(site.json: ${url})`) && !message.includes("\n"), true, message);
    };
    await refused("none.ts", "export {};", "it must register a variant when it is imported");
    await refused("throws.ts", 'throw new Error("no licence");', "loading an extension: no licence");
    await refused("broken.ts", "const = 1;\n", "SyntaxError");
    await refused("taken.ts", ringCalled("ring"), "registering a topology: the name is taken (ring)");
    const url = await writeModule(directory, "twice.ts", ringCalled("twice"));
    await assertRejects(() => loadExtensions([url, url], { where: "site.json" }), UserError, "it is named twice");
    const missing = toFileUrl(join(directory, "missing.ts")).href;
    await assertRejects(() => loadExtensions([missing], { where: "site.json" }), UserError, missing);
  }));

Deno.test("what is neither a path nor a file: or https: URL is refused by the field", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "site.json");
    const example = JSON.parse(await Deno.readTextFile(EXAMPLE));
    for (const extension of ["npm:own", "http://a.example/own.ts", "data:text/javascript,1"]) {
      await Deno.writeTextFile(file, JSON.stringify({ ...example, extensions: [extension] }));
      await assertRejects(() => readConfiguration(file), UserError, "a path, or a file: or https: URL (");
    }
    await Deno.writeTextFile(file, JSON.stringify({ ...example, extensions: "own.ts" }));
    await assertRejects(() => readConfiguration(file), UserError, 'field "extensions": own.ts');
  }));
