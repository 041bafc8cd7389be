import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import {
  fingerprint,
  parseUNetConfig,
  patchDivisor,
  planPool,
  requirePatchShape,
  type UNetConfig,
} from "../../src/model/config.ts";

const good = { classes: 3, baseFilters: 8, levels: 3, norm: "instance", pool: [[1, 2, 2], [2, 2, 2]] };

Deno.test("settings of a model: good ones come back frozen", () => {
  const config = parseUNetConfig(good);
  assertEquals<unknown>(config, good);
  assertThrows(() => (config as { levels: number }).levels = 4, TypeError);
});

for (
  const [mistake, value, where, rule] of [
    ["no object", 7, "model:", "must be an object"],
    ["a missing field", { ...good, norm: undefined }, 'model, field "norm"', "missing"],
    ["an absent field", (({ norm: _, ...rest }) => rest)(good), 'model, field "norm"', "this field is missing"],
    ["an unknown field", { ...good, depth: 3 }, 'model, field "depth"', "this field is not known"],
    ["one class", { ...good, classes: 1 }, 'model, field "classes"', "from 2 to 256"],
    ["no channel", { ...good, channels: 0 }, 'model, field "channels"', "from 1 to 64"],
    ["half a filter", { ...good, baseFilters: 0.5 }, 'model, field "baseFilters"', "from 1 to 256"],
    ["a number as text", { ...good, levels: "3" }, 'model, field "levels"', "from 1 to 8"],
    ["an unknown normalisation", { ...good, norm: "batch" }, 'field "norm"', '"instance", "group"'],
    ["a reduction of two axes", { ...good, pool: [[2, 2], [2, 2, 2]] }, 'model, field "pool.0.2"', ""],
    ["a reduction of zero", { ...good, pool: [[2, 2, 2], [2, 0, 2]] }, 'model, field "pool.1.1"', "from 1 to 4"],
    ["too few reductions", { ...good, pool: [[2, 2, 2]] }, 'model, field "pool"', "one reduction fewer than levels"],
  ] as const
) {
  Deno.test(`settings of a model: ${mistake} is refused by the field's name`, () => {
    const error = assertThrows(() => parseUNetConfig(value), UserError);
    for (const part of [where, rule]) {
      if (!error.message.includes(part)) throw new Error(`"${error.message}" does not say "${part}"`);
    }
  });
}

Deno.test("a patch must be a multiple of the product of the reductions", () => {
  const config = parseUNetConfig(good);
  assertEquals(patchDivisor(config), [2, 4, 4]);
  requirePatchShape(config, [6, 8, 12]);
  for (const shape of [[5, 8, 12], [6, 8, 10], [0, 4, 4], [6, 8], [2.5, 4, 4]]) {
    assertThrows(() => requirePatchShape(config, shape), UserError, "[2, 4, 4]");
  }
});

Deno.test("planned reductions halve what is long and fine enough", () => {
  assertEquals(planPool([32, 32, 32], { levels: 4 }), [[2, 2, 2], [2, 2, 2], [2, 2, 2]]);
  assertEquals(planPool([8, 88, 88], { levels: 4, spacing: [10, 1.4, 1.4] }), [[1, 2, 2], [1, 2, 2], [2, 2, 2]]);
  assertEquals(planPool([4, 4, 4], { levels: 2 }), [[1, 1, 1]]);
});

Deno.test("a fingerprint tells channels apart, and says nothing of a single one, as before there were several", () => {
  const config = parseUNetConfig(good);
  assertEquals(fingerprint({ ...config, channels: 1 }), fingerprint(config));
  assertEquals(fingerprint(parseUNetConfig({ ...good, channels: 2 })), {
    ...fingerprint(config),
    "model.channels": "2",
  });
});

Deno.test("a fingerprint names every setting", () => {
  const config = parseUNetConfig(good);
  const fields = Object.keys(fingerprint(config)).map((key) => key.replace("model.", ""));
  for (const field of Object.keys(config)) assertEquals(fields.includes(field), true, field);
  const other: UNetConfig = { ...config, pool: [[2, 2, 2], [2, 2, 2]] };
  assertEquals(fingerprint(other)["model.pool"] === fingerprint(config)["model.pool"], false);
});
