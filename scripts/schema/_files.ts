/**
 * What is written from the settings' own descriptions: a JSON Schema and a page.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { configurationFields, configurationJsonSchema } from "./_json_schema.ts";
import { configurationReference } from "./_reference.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** `text` as the formatter would have it. @throws {Error} with the formatter's words. */
async function formatted(text: string, extension: "json" | "md"): Promise<string> {
  const formatter = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", extension, "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = formatter.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await formatter.output();
  if (!success) throw new Error(`formatting the ${extension} file: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Every file, by its path from the root, as it should be. */
export async function schemaFiles(): Promise<ReadonlyMap<string, string>> {
  const schema = JSON.stringify(configurationJsonSchema(), null, 2);
  const page = configurationReference(configurationFields());
  return new Map([
    ["peers/configuration.schema.json", await formatted(schema, "json")],
    ["docs/configuration.md", await formatted(page, "md")],
  ]);
}
