import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { Ajv2020 } from "ajv/2020";
import fc from "fast-check";
import { configurationFields, configurationJsonSchema, type FieldSchema } from "../../scripts/schema/_json_schema.ts";
import { schemaFiles } from "../../scripts/schema/_files.ts";
import { UserError } from "../../src/core/errors.ts";
import { topologies } from "../../src/mesh/averaging/topologies/topologies.ts";
import { parseConfiguration } from "../../src/peer/configuration.ts";
import { fuzzRuns } from "../_fuzz.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const MEMBER = "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF";

/** An independent validator, strict about what it does not know. */
const ajv = new Ajv2020({ strict: true, allErrors: true });
ajv.addVocabulary(["unit", "otherwise"]);
const validate = ajv.compile(configurationJsonSchema());

const parse = (value: unknown) => parseConfiguration(value, "site.json", "/etc/site");

/** Every section is there, so that every field can be made wrong. */
const whole = {
  name: "site",
  engine: {},
  data: { directory: "data", spacing: [1, 1, 1], split: { training: [], labelled: [], probe: [], test: [] } },
  network: { patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
  plan: {},
  schedule: {},
  pretrain: { augmentation: { geometry: {}, intensity: {} }, projections: [{}] },
  fineTune: { unlabelled: {} },
  policy: {
    noise: { epsilon: 1, delta: 1e-5 },
    totalEpsilon: 2,
    weights: { clip: 1, epsilon: 1, delta: 1e-5, totalEpsilon: 2 },
  },
  records: { log: { file: "peer.log" } },
  mesh: {
    consortium: "test",
    members: [MEMBER],
    averaging: { outer: {} },
    listen: ["/ip4/0.0.0.0/tcp/443/wss"],
    tls: { certificate: "site.pem", key: "site.key" },
  },
  web: { listen: "8080", token: "0123456789abcdef", hosts: ["peer.hospital.example"] },
};

type Path = readonly string[];

/** `value` with another part at `path`. */
function withPart(value: unknown, [key, ...rest]: Path, part: unknown): unknown {
  if (key === undefined) return part;
  const parts = value as Record<string, unknown>;
  const changed = withPart(parts[key], rest, part);
  return Array.isArray(value) ? value.map((one, i) => String(i) === key ? changed : one) : { ...parts, [key]: changed };
}

/** Every field of the schema, by its path in {@linkcode whole}. */
function* fieldsOf(schema: FieldSchema, path: Path = []): Generator<{ path: Path; field: FieldSchema }> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const at = [...path, name];
    yield { path: at, field };
    yield* fieldsOf(field, at);
    if (typeof field.items === "object") yield* fieldsOf(field.items, [...at, "0"]);
    for (const one of field.anyOf ?? []) yield* fieldsOf(one, at);
  }
}

const fields = [...fieldsOf(configurationFields())];

Deno.test("the committed schema and reference are what the settings' descriptions give: else run `deno task schema`", async () => {
  for (const [path, text] of await schemaFiles()) assertEquals(await Deno.readTextFile(join(ROOT, path)), text, path);
});

Deno.test("the example, the least configuration and those in the docs are good by the schema and by the parser", async () => {
  const example = JSON.parse(await Deno.readTextFile(join(ROOT, "peers/example.json")));
  assertEquals(example.$schema, "./configuration.schema.json");
  const { data, network, mesh } = whole;
  const good: unknown[] = [example, whole, { name: "site", data, network, mesh }];
  for (const page of ["README.md", "docs/operating.md"]) {
    const text = (await Deno.readTextFile(join(ROOT, page))).replaceAll('"12D3KooW…"', `"${MEMBER}"`);
    const blocks = [...text.matchAll(/```json\n(\{\n.*?\n\})\n```/gs)].map(([, block]) => JSON.parse(block));
    good.push(...blocks.filter((block) => "mesh" in block));
  }
  assert(good.length >= 4);
  for (const value of good) {
    assert(validate(value), JSON.stringify(validate.errors));
    parse(value);
  }
});

Deno.test("every field says what it is, and what holds where it is left out", () => {
  assert(fields.length > 100, `${fields.length}`);
  const sections = new Map<string, FieldSchema>([["", configurationFields()]]);
  for (const { path, field } of fields) {
    const name = path.join(".");
    sections.set(name, typeof field.items === "object" ? field.items : field);
    assert(field.description, `${name} has no description`);
    const above = path.slice(0, path.at(-2) === "0" ? -2 : -1).join(".");
    const { required, anyOf } = sections.get(above)!;
    const isRequired = [required, ...(anyOf ?? []).map((one) => one.required)].some((names) =>
      names?.includes(path.at(-1)!)
    );
    const isSaid = isRequired || field.default !== undefined || field.otherwise !== undefined;
    assert(isSaid, `${name} says nothing of being left out`);
  }
});

Deno.test("what could be confused has a unit: two patiences, steps and rounds, mm and voxels", () => {
  const units = Object.fromEntries(fields.map(({ path, field }) => [path.join("."), field.unit]));
  assertEquals([units["schedule.patience"], units["mesh.patience"]], ["steps", "ms"]);
  assertEquals([units["schedule.rounds"], units["fineTune.rounds"], units["fineTune.steps"]], [
    "rounds",
    "rounds",
    "steps",
  ]);
  assertEquals([units["data.crop"], units["data.spacing"], units["network.patch"]], ["mm", "mm", "voxels"]);
});

Deno.test("a number out of its range, and a field nobody knows, are refused by the schema and by the parser", () => {
  let count = 0;
  for (const { path, field } of fields) {
    const wrong: unknown[] = [];
    if (field.minimum !== undefined) wrong.push(field.minimum - 1);
    if (field.maximum !== undefined) wrong.push(field.maximum + 1, String(field.maximum));
    if (field.type === "integer") wrong.push(field.minimum! + 0.5);
    if (field.enum) wrong.push("nobody's name");
    for (const value of wrong) {
      count++;
      const changed = withPart(whole, path, value);
      assertEquals(validate(changed), false, `${path.join(".")}: ${value} is good by the schema`);
      assertThrows(() => parse(changed), UserError, path.at(-1));
    }
    if (!field.properties) continue;
    const changed = withPart(whole, [...path, "unheard"], 1);
    assertEquals(validate(changed), false, path.join("."));
    assertThrows(() => parse(changed), UserError, 'unheard"');
  }
  assert(count > 150, `${count}`);
});

/** Not the empty list, which the parser takes for a section that says nothing. */
const values = fc.oneof(
  fc.constantFrom<unknown>(null, true, "", "fcl", -1, 0, 1, 1.5, 1e300, {}, [1, 2, 3], [1, 2], ["a"], { x: 1 }),
  fc.jsonValue().filter((value) => JSON.stringify(value) !== "[]"),
);

Deno.test("what the schema refuses, the parser refuses", () => {
  let refused = 0;
  const property = fc.property(fc.constantFrom(...fields), values, ({ path }, value) => {
    fc.pre(path.at(-1) !== "labels" || !Array.isArray(value)); // which the parser takes for names by 0, 1, ...
    const changed = withPart(whole, path, value);
    if (validate(changed)) return;
    refused++;
    assertThrows(() => parse(changed), UserError);
  });
  fc.assert(property, fuzzRuns(3000));
  assert(refused > 1000, `${refused}`);
});

Deno.test("an extension's name is good by the schema; the parser knows whether there is one", () => {
  const value = withPart(whole, ["mesh", "averaging", "topology"], "star-of-ours");
  assert(validate(value), JSON.stringify(validate.errors));
  assertThrows(() => parse(value), UserError, "mesh.averaging.topology");
  const enums = fields.find(({ path }) => path.join(".") === "mesh.averaging.topology")!.field.anyOf![0].enum;
  assertEquals(enums, [...topologies.names]);
});
