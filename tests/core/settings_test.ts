import { assertEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { UserError } from "../../src/core/errors.ts";
import { Registry } from "../../src/core/registry.ts";
import { finite, flag, integer, nameIn, oneOf, parseSettings, text, triple } from "../../src/core/settings.ts";

const schema = v.strictObject({
  rounds: integer(1, 10),
  inner: v.optional(
    v.strictObject({ rate: v.optional(finite(0, 1), 0.5), shape: v.optional(triple(integer(1, 9)), [1, 2, 3]) }),
    {},
  ),
  norm: v.optional(oneOf(["instance", "group"]), "instance"),
  name: v.optional(text(), "site"),
  mdns: v.optional(flag(), true),
});
const parse = (value: unknown) => parseSettings(schema, value, { doing: "reading", where: "a.json" });

Deno.test("defaults are filled in and the result is frozen to its depth", () => {
  const settings = parse({ rounds: 3 });
  assertEquals(settings, {
    rounds: 3,
    inner: { rate: 0.5, shape: [1, 2, 3] },
    norm: "instance",
    name: "site",
    mdns: true,
  });
  assertEquals(Object.isFrozen(settings.inner.shape), true);
});

for (
  const [value, message] of [
    [{}, 'reading: this field is missing (a.json, field "rounds")'],
    [{ rounds: 0 }, 'reading: must be an integer from 1 to 10 (a.json, field "rounds": 0)'],
    [{ rounds: 1, extra: 1 }, 'reading: this field is not known (a.json, field "extra")'],
    [{ rounds: 1, inner: { rate: "fast" } }, 'must be a number from 0 to 1 (a.json, field "inner.rate": fast)'],
    [{ rounds: 1, inner: { shape: [1, 2] } }, 'field "inner.shape'],
    [{ rounds: 1, norm: "batch" }, 'must be one of "instance", "group" (a.json, field "norm": batch)'],
    [{ rounds: 1, name: "" }, 'must not be empty (a.json, field "name": )'],
    [{ rounds: 1, mdns: "yes" }, 'must be true or false (a.json, field "mdns": yes)'],
    ["all", "reading: must be an object (a.json: all)"],
  ] as const
) {
  Deno.test(`the settings ${JSON.stringify(value)} are refused by field, rule and value`, () => {
    assertThrows(() => parse(value), UserError, message);
  });
}

Deno.test("a name is looked up when the settings are read, and refused with all that there are then", () => {
  const shapes = new Registry("a shape", [{ name: "ball" }, { name: "cube" }]);
  const parse = (value: unknown) =>
    parseSettings(v.strictObject({ shape: v.optional(nameIn(shapes), "cube") }), value, {
      doing: "reading",
      where: "a.json",
    });
  assertEquals(parse({}), { shape: "cube" });
  assertThrows(
    () => parse({ shape: "torus" }),
    UserError,
    'must be one of "ball", "cube" (a.json, field "shape": torus)',
  );
  assertThrows(() => parse({ shape: 3 }), UserError, 'must be one of "ball", "cube" (a.json, field "shape": 3)');
  shapes.register({ name: "torus" });
  assertEquals(parse({ shape: "torus" }), { shape: "torus" });
});

Deno.test("a part of a file is named by its whole path", () => {
  const place = { doing: "reading", where: "a.json", within: "methods.own" };
  assertThrows(() => parseSettings(schema, { rounds: 0 }, place), UserError, 'field "methods.own.rounds": 0');
  assertThrows(
    () => parseSettings(schema, "all", place),
    UserError,
    'must be an object (a.json, field "methods.own": all)',
  );
});
