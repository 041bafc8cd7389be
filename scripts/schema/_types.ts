/**
 * TypeScript interfaces of settings as they are once defaults are filled in, for programs that import them: written
 * out, since a package's types must be readable without inference.
 *
 * @module
 */
import type { FieldSchema } from "./_json_schema.ts";

/** What the interfaces of a file are called. */
export interface TypeNames {
  /** Of the whole. */
  readonly whole: string;
  /** Before and after the path of a section. */
  readonly prefix?: string;
  readonly suffix: string;
}

/** What a file of them begins with. */
export interface TypesFile extends TypeNames {
  /** What the module is, a sentence. */
  readonly about: string;
  /** The way from the file to core's `Triple`. */
  readonly triple: string;
}

const WIDTH = 116;

/** `text` as a comment, wrapped, indented by `indent`. */
function comment(text: string, indent = ""): string {
  if (text.length < WIDTH - 6) return `${indent}/** ${text} */`;
  const lines = [""];
  for (const word of text.split(" ")) {
    if (`${lines.at(-1)} ${word}`.length > WIDTH - 3) lines.push("");
    lines.push(`${lines.pop()} ${word}`);
  }
  return [`${indent}/**`, ...lines.map((line) => `${indent} *${line}`), `${indent} */`].join("\n");
}

const capitalised = (word: string) => word[0].toUpperCase() + word.slice(1);

/** The interfaces of `schema` and of every section in it. */
export function typesOf(schema: FieldSchema, { about, whole, prefix = "", suffix, triple }: TypesFile): string {
  const interfaces: string[] = [];

  const typeOf = (field: FieldSchema, path: readonly string[]): string => {
    const { type, anyOf, prefixItems, items, properties, additionalProperties } = field;
    if (field.enum) return field.enum.map((value) => JSON.stringify(value)).join(" | ");
    if (anyOf) {
      const isOpen = anyOf.at(-1)!.type === "string" && anyOf[0].enum !== undefined;
      return isOpen ? "string" : anyOf.map((one) => typeOf(one, path)).join(" | ");
    }
    if (prefixItems?.length === 3 && prefixItems.every((one) => typeOf(one, path) === "number")) return "Triple";
    if (prefixItems) return `readonly [${prefixItems.map((one) => typeOf(one, path)).join(", ")}]`;
    if (type === "array") {
      const entry = typeof items === "object" ? typeOf(items, path) : "unknown";
      return /^[\w.]+$/.test(entry) ? `readonly ${entry}[]` : `readonly (${entry})[]`;
    }
    if (properties) return interfaceOf(field, path);
    if (type === "object") {
      const entry = typeof additionalProperties === "object" ? additionalProperties as FieldSchema : {};
      return `Readonly<Record<string, ${Object.keys(entry).length > 0 ? typeOf(entry, path) : "unknown"}>>`;
    }
    return type === "integer" ? "number" : String(type);
  };

  const interfaceOf = ({ properties = {}, required = [], description }: FieldSchema, path: readonly string[]) => {
    const name = path.length === 0 ? whole : `${prefix}${path.map(capitalised).join("")}${suffix}`;
    const place = interfaces.push("") - 1; // before those of its parts
    const told = description ?? (path.length === 0 ? about : `One of \`${path.join(".")}\`.`);
    const fields = Object.entries(properties).map(([field, part]) => {
      const { description = "", unit } = part;
      const isThere = required.includes(field) || part.default !== undefined;
      return [
        comment(unit === undefined ? description : `${description} Unit: ${unit}.`, "  "),
        `  readonly ${field}${isThere ? "" : "?"}: ${typeOf(part, [...path, field])};`,
      ].join("\n");
    });
    interfaces[place] = `${comment(told)}\nexport interface ${name} {\n${fields.join("\n")}\n}`;
    return name;
  };

  interfaceOf(schema, []);
  const head =
    `/**\n * ${about}\n *\n * Written by \`deno task schema\` from the descriptions that the parser checks by.\n *\n * @module\n */`;
  const imported = interfaces.some((text) => /\bTriple\b/.test(text))
    ? `\nimport type { Triple } from "${triple}";`
    : "";
  return [head + imported, ...interfaces].join("\n\n") + "\n";
}
