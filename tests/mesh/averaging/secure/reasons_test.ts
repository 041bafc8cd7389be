import { assertEquals } from "@std/assert";
import { type Missing, tooFewText } from "../../../../src/mesh/averaging/secure/_reasons.ts";

const figures = { step: 4, came: 1, least: 3, waited: 30_400 };
const missing = (peer: string, what: Partial<Missing>): Missing => ({
  ...{ peer, isPresent: true, isLeaving: false, isOver: false },
  ...what,
});

Deno.test("each who did not come to a sum is named with what is known of it, and of many the first few", () => {
  const all = [
    missing("a", {}),
    missing("b", { isOver: true }),
    missing("c", { away: { step: 5 } }),
    missing("d", { away: { step: 4, made: true } }),
  ];
  const begin = "1 came to the sum, 3 must, which is more than half of all and at least 3: ";
  const named =
    "a did not come in 30 s, b has done this step already, c was in another sum, d has done this step already";
  assertEquals(tooFewText(all, figures), begin + named);
  assertEquals(tooFewText([...all, ...all], figures), `${begin}${named}, 4 more did not come`);
  assertEquals(tooFewText(all.slice(0, 1), { ...figures, waited: undefined }), `${begin}a was not waited for`);
});
