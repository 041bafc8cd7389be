import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Registry } from "../../src/core/registry.ts";

const shapes = () => new Registry("a shape", [{ name: "ball", corners: 0 }, { name: "cube", corners: 8 }]);

Deno.test("a registered variant is chosen as the built-in ones are, after them, until it is taken away", () => {
  const registry = shapes();
  const takeAway = registry.register({ name: "square-pyramid", corners: 5 });
  assertEquals(registry.named("square-pyramid").corners, 5);
  assertEquals(registry.names, ["ball", "cube", "square-pyramid"]);
  assertEquals([...registry].map(({ corners }) => corners), [0, 8, 5]);
  assertEquals(registry.registered, [{ name: "square-pyramid", corners: 5 }]);
  takeAway();
  takeAway();
  assertEquals(registry.names, ["ball", "cube"]);
  assertEquals([...registry], registry.builtIn);
});

Deno.test("an unknown name is refused with all that there are", () => {
  const registry = shapes();
  registry.register({ name: "square-pyramid", corners: 5 });
  assertThrows(
    () => registry.named("torus"),
    UserError,
    "choosing a shape: it must be one of ball, cube, square-pyramid (torus)",
  );
  assertEquals(registry.get("torus"), undefined);
});

Deno.test("a name that is taken or badly formed is refused with its kind", () => {
  const registry = shapes();
  assertThrows(
    () => registry.register({ name: "cube", corners: 9 }),
    UserError,
    "registering a shape: the name is taken (cube)",
  );
  for (const name of ["", "Cube", "a cube", "-cube", "cube-", "a--b", "3d", "a/b", "a".repeat(65)]) {
    assertThrows(() => registry.register({ name, corners: 8 }), UserError, "registering a shape: its name must be");
  }
  assertEquals(registry.names, ["ball", "cube"]);
});

Deno.test("what the kind's proof refuses is not registered", () => {
  const registry = new Registry("a shape", [{ name: "ball", corners: 0 }], {
    prove: ({ corners }, others) => {
      if (others.some((other) => other.corners === corners)) throw new Error(`${corners} corners are taken`);
    },
  });
  registry.register({ name: "cube", corners: 8 });
  assertThrows(() => registry.register({ name: "block", corners: 8 }), Error, "8 corners are taken");
  assertEquals(registry.names, ["ball", "cube"]);
});
