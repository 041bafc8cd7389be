/**
 * The reference of a peer's configuration as Markdown, a table a section.
 *
 * @module
 */
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { objectives } from "../../src/pretraining/objectives/registry.ts";
import { ownSettings } from "../../src/pretraining/objectives/settings.ts";
import { agreementOn } from "../../src/settings/shared.ts";
import type { FieldSchema } from "./_json_schema.ts";

const INTRODUCTION = `# Configuration

A peer is told everything in one JSON file, in which comments and a comma after a last entry may stand:
[peers/example.json](../peers/example.json) is one. What is left out has the default below, or what the charter says; a
mistake gets one sentence that names the field, the rule and the value. Relative paths are taken from the file's folder.
An editor completes and checks the file while it is written if it begins with

\`\`\`json
"$schema": "./configuration.schema.json"
\`\`\`

or where else [peers/configuration.schema.json](../peers/configuration.schema.json) lies. Rules between fields, such as
who may mix with whom under which rule, are the peer's alone to check.

**Agreed** marks what all peers of a consortium must say alike: peers that differ refuse each other and name the setting.
"together" marks what only those must agree on who fine-tune together (\`fineTune.mode\`: \`"federated"\`). A name
"or an extension's" may be one that a program has registered.

This page and the schema are written by \`deno task schema\` from what the peer checks, and held by a test.`;

const OBJECTIVES = `## Objectives

What each objective reads of the settings that not all read, what of them it has fixed, and where it starts from where
nothing else is said. Another value than the fixed one is refused, and so is a setting that it does not read.`;

const AGREED = { "always": "yes", "fine-tuning together": "together", "never": "" };

const NUMERALS = ["none", "one", "two", "three"];

const code = (value: unknown) => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  markdownTable({ header, rows, names: header.length });

/** What a field may be, in words. */
function range(field: FieldSchema): string {
  const { type, anyOf, prefixItems, items, minimum, maximum } = field;
  if (field.enum) return field.enum.map((value) => code(value)).join(", ");
  if (anyOf) {
    const [first, second] = anyOf;
    const others = { null: "`null`", array: range(second) }[String(second.type)] ?? "an extension's";
    return `${range(first)}, or ${others}`;
  }
  if (prefixItems) return `${NUMERALS[prefixItems.length]} times ${range(prefixItems[0])}`;
  if (type === "array") return `list of: ${typeof items === "object" ? range(items) : "anything"}`;
  if (type === "integer") return `an integer from ${minimum} to ${maximum}`;
  if (type === "number") return `a number from ${minimum} to ${maximum}`;
  if (type === "boolean") return "`true`, `false`";
  if (type === "object" && typeof field.additionalProperties === "object" && field.properties === undefined) {
    return "names and values";
  }
  if (type === "object") return "the fields below";
  return field.pattern ? `text like ${code(field.pattern)}` : "text";
}

/** The object whose fields a field holds, itself, in a list or beside null. */
function fieldsOf(field: FieldSchema): FieldSchema | undefined {
  const { properties, items, anyOf } = field;
  if (properties) return field;
  if (typeof items === "object" && items.properties) return items;
  return anyOf?.find((one) => one.properties !== undefined);
}

function rowOf(name: string, field: FieldSchema, { path, required }: { path: string; required: boolean }): string[] {
  const { description = "", unit = "", otherwise = "" } = field;
  const hasSection = fieldsOf(field) !== undefined;
  const isPlain = field.default !== undefined && !(hasSection && JSON.stringify(field.default) === "{}");
  return [
    hasSection ? `[\`${name}\`](#${anchor(path)})` : `\`${name}\``,
    description,
    unit,
    required ? "required" : isPlain ? code(field.default) : otherwise,
    range(field),
    hasSection ? "" : AGREED[agreementOn(path.replaceAll("[]", ""))],
  ];
}

const anchor = (heading: string) => heading.toLowerCase().replaceAll(/[^a-z0-9-]/g, "");

/** The sections at and below `path`, each with its heading and its table. */
function* sections(path: string, schema: FieldSchema): Generator<string> {
  const { properties = {} } = schema;
  const required = schema.required ?? [];
  const rows = Object.entries(properties).map(([name, field]) => ({
    name,
    field,
    path: `${path === "" ? "" : `${path}.`}${name}${field.type === "array" && fieldsOf(field) ? "[]" : ""}`,
  }));
  const head = ["Field", "What it says", "Unit", "Default", "Range", "Agreed"];
  const body = rows.map(({ name, field, path }) => rowOf(name, field, { path, required: required.includes(name) }));
  yield `## ${path === "" ? "The file" : code(path)}`;
  if (schema.description !== undefined) yield schema.description;
  yield table(head, body);
  for (const { field, path } of rows) {
    const fields = fieldsOf(field);
    if (fields) yield* sections(path, { ...fields, description: field.description });
  }
}

/** What is particular to each objective. */
function objectiveTable(): string {
  const list = (settings: Readonly<Record<string, unknown>> = {}) =>
    Object.entries(settings).map(([name, value]) => `${code(name)}: ${code(value)}`).join(", ");
  const rows = Array.from(objectives, ({ name, title, reads, fixed, defaults }) => [
    code(name),
    title,
    reads.map((setting) => code(setting)).join(", "),
    list(fixed),
    list(defaults),
  ]);
  return table(["Objective", "What reports call it", "Reads", "Fixed", "Starts from"], rows);
}

/** The whole page. */
export function configurationReference(fields: FieldSchema): string {
  const common = `Settings that not all read: ${ownSettings.map((name) => code(name)).join(", ")}.`;
  return [INTRODUCTION, ...sections("", fields), OBJECTIVES, common, objectiveTable()].join("\n\n") + "\n";
}
