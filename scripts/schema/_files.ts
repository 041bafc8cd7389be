/**
 * What is written from the settings' own descriptions: a JSON Schema, a page, and types for programs.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import * as v from "valibot";
import { protocolSchema } from "../../src/evaluation/protocol/protocol.ts";
import { pretrainSchema } from "../../src/pretraining/configuration.ts";
import { configurationSchema } from "../../src/settings/configuration.ts";
import { configurationFields, configurationJsonSchema, fieldsOfSchema } from "./_json_schema.ts";
import { metricsReference } from "./_metrics.ts";
import { configurationReference } from "./_reference.ts";
import { typesOf } from "./_types.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** `text` as the formatter would have it. @throws {Error} with the formatter's words. */
async function formatted(text: string, extension: "json" | "md" | "ts"): Promise<string> {
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
  const configuration = typesOf(fieldsOfSchema(v.omit(configurationSchema, ["$schema", "pretrain"])), {
    about: "What a peer is told but for its pre-training, once defaults are filled in.",
    whole: "CommonSettings",
    suffix: "Settings",
    triple: "../core/triple.ts",
  });
  const pretrain = typesOf(fieldsOfSchema(pretrainSchema), {
    about: "The settings of pre-training, once defaults are filled in.",
    whole: "PretrainConfig",
    prefix: "Pretrain",
    suffix: "Config",
    triple: "../core/triple.ts",
  });
  const protocol = typesOf(fieldsOfSchema(v.omit(protocolSchema, ["$schema"])), {
    about: "How an evaluation is run, once defaults are filled in.",
    whole: "Protocol",
    prefix: "Protocol",
    suffix: "",
    triple: "../../core/triple.ts",
  });
  return new Map([
    ["peers/configuration.schema.json", await formatted(schema, "json")],
    ["docs/configuration.md", await formatted(page, "md")],
    ["docs/metrics.md", await formatted(metricsReference(), "md")],
    ["src/settings/types.ts", await formatted(configuration, "ts")],
    ["src/pretraining/pretrain_config.ts", await formatted(pretrain, "ts")],
    ["src/evaluation/protocol/types.ts", await formatted(protocol, "ts")],
  ]);
}
