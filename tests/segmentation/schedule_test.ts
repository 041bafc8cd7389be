import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { rateCourse, type ScheduleName, schedules } from "../../src/segmentation/schedule.ts";

const names = Object.keys(schedules) as ScheduleName[];
const SHARES = [0, 0.01, 0.1, 1 / 3, 0.5];

Deno.test("without warm-ups the course is the schedule's, bit for bit", () => {
  for (const schedule of names) {
    for (const steps of [1, 2, 7, 150]) {
      const course = rateCourse({ steps, schedule });
      assertEquals(course.wholeFrom, 0);
      for (let step = 0; step < steps; step++) assertEquals(course.at(step), schedules[schedule](step / steps));
    }
  }
});

Deno.test("whatever the warm-ups, the rate rises by equal parts to its highest, then takes the schedule's whole course", () => {
  for (const schedule of names) {
    for (const steps of [1, 2, 3, 10, 61]) {
      for (const rateWarmUp of SHARES) {
        for (const decoderFirst of SHARES) {
          const course = rateCourse({ steps, schedule, rateWarmUp, decoderFirst });
          const first = Math.floor(decoderFirst * steps), second = Math.floor(rateWarmUp * steps);
          assertEquals(course.wholeFrom, first);
          const rates = Array.from({ length: steps }, (_, step) => course.at(step));
          assert(rates.every((rate) => rate > 0 && rate <= 1), `${rates}`);
          for (const [from, length] of [[0, first], [first, second]]) {
            for (let i = 0; i < length; i++) assertAlmostEquals(rates[from + i], (i + 1) / (length + 1), 1e-12);
          }
          const rest = steps - first - second;
          for (let i = 0; i < rest; i++) assertEquals(rates[first + second + i], schedules[schedule](i / rest));
        }
      }
    }
  }
});

Deno.test("a sawtooth of ten steps by hand", () => {
  const { at, wholeFrom } = rateCourse({ steps: 10, schedule: "constant", decoderFirst: 0.3, rateWarmUp: 0.2 });
  assertEquals(wholeFrom, 3);
  const rates = Array.from({ length: 10 }, (_, step) => at(step));
  assertEquals(rates, [1 / 4, 2 / 4, 3 / 4, 1 / 3, 2 / 3, 1, 1, 1, 1, 1]);
});

Deno.test("a warm-up that is no share from 0 to one half is refused", () => {
  for (const share of [-0.1, 0.6, NaN]) {
    assertThrows(() => rateCourse({ steps: 9, rateWarmUp: share }), RangeError, `rateWarmUp must be a share`);
    assertThrows(() => rateCourse({ steps: 9, decoderFirst: share }), RangeError, `decoderFirst must be a share`);
  }
});
