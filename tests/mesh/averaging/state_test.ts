/** A vector that was checked while the event loop went on is not looked at again. */
import { assertRejects, assertThrows } from "@std/assert";
import { checkVector, checkVectorInSlices } from "../../../src/mesh/averaging/state.ts";

/** Some slices and a bit. */
const VALUES = 200_001;

Deno.test("a vector is checked in slices once, and not again at once", async () => {
  const vector = new Float32Array(VALUES);
  await checkVectorInSlices(vector, VALUES);
  vector[VALUES - 1] = NaN; // nobody may do this
  checkVector(vector, VALUES);
  assertThrows(() => checkVector(vector, VALUES - 1), RangeError, "must hold 200000 values, got 200001");
});

Deno.test("a vector that is not finite, empty or of another length is refused in slices, and at once afterwards", async () => {
  for (const at of [0, 100_000, VALUES - 1]) {
    const vector = new Float32Array(VALUES).fill(Infinity, at, at + 1);
    await assertRejects(() => checkVectorInSlices(vector, VALUES), RangeError, "finite values only");
    assertThrows(() => checkVector(vector, VALUES), RangeError, "finite values only");
  }
  await assertRejects(() => checkVectorInSlices(new Float32Array(0), 0), RangeError, "at least 1");
  await assertRejects(() => checkVectorInSlices(new Float32Array(3), 4), RangeError, "must hold 4 values, got 3");
});
