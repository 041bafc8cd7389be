import { assertEquals } from "@std/assert";
import { formatBytes } from "../../../src/display/formats/bytes.ts";
import { formatCount } from "../../../src/display/formats/count.ts";
import { formatDice } from "../../../src/display/formats/dice.ts";
import { formatDifference } from "../../../src/display/formats/difference.ts";
import { formatDuration } from "../../../src/display/formats/duration.ts";
import { formatInterval } from "../../../src/display/formats/interval.ts";
import { formatMeasured } from "../../../src/display/formats/measured.ts";
import { formatNumber } from "../../../src/display/formats/number.ts";
import { shortPeerId } from "../../../src/display/formats/peer_id.ts";
import { printable } from "../../../src/display/formats/printable.ts";
import { formatRange } from "../../../src/display/formats/range.ts";
import { formatShare } from "../../../src/display/formats/share.ts";
import { formatSpread } from "../../../src/display/formats/spread.ts";
import { formatTime } from "../../../src/display/formats/time.ts";

Deno.test("figures are written as people read them", () => {
  assertEquals([8.4, 200, 7500, NaN, -1].map(formatDuration), ["8 s", "3 min 20 s", "2 h 05 min", "–", "–"]);
  assertEquals([0.51249, 1, null, Infinity].map(formatDice), ["0.512", "1.000", "–", "–"]);
  assertEquals([0.0411, -0.0411, -0.0001, null].map(formatDifference), ["+0.041", "−0.041", "±0.000", "–"]);
  assertEquals([1234.5, 0.1, 1e-7, NaN, undefined].map((value) => formatNumber(value)), [
    ...["1230", "0.1", "1e-7", "–", "–"],
  ]);
  assertEquals([formatBytes(1234567), formatBytes(2 ** 31, { binary: true }), formatBytes(0)], [
    ...["1.2 MB", "2 GiB", "0 B"],
  ]);
});

Deno.test("a mean stands with its deviation where there is one", () => {
  assertEquals(formatSpread({ mean: 0.5125, sd: 0.031 }), "0.512 ± 0.031");
  assertEquals(formatSpread({ mean: 0.5, sd: null }), "0.500");
  assertEquals(formatSpread({ mean: null, sd: null }), "–");
  assertEquals(formatSpread({ mean: -0.04, sd: 0.01 }, formatDifference), "−0.040 ± 0.010");
});

Deno.test("what was measured has about three digits, and stands with its range", () => {
  assertEquals([3.456, 12.34, 123.4].map(formatMeasured), ["3.46", "12.3", "123"]);
  assertEquals(formatRange({ value: 3.456, range: [1, 20] }), "3.46 (1.00 to 20.0)");
  assertEquals([formatRange({ value: 3 }), formatRange({ value: 3 }, String)], ["3.00", "3"]);
  assertEquals(formatInterval({ mean: 0.78, low: 0.612, high: 0.9 }), "0.78 (0.61–0.90)");
  assertEquals([formatShare(2, 5), formatShare(0, 5)], ["40.0 %", "0.0 %"]);
  assertEquals([0, 1, 3].map((count) => formatCount(count, "peer")), ["0 peers", "1 peer", "3 peers"]);
});

Deno.test("a peer id is told by its end, a time to the minute, anything else as it is", () => {
  assertEquals([shortPeerId("12D3KooWabcdefgh"), shortPeerId("north")], ["…abcdefgh", "north"]);
  assertEquals([formatTime("2026-05-04T13:20:59Z"), formatTime("soon")], ["2026-05-04 13:20 UTC", "soon"]);
});

Deno.test("control characters become spaces", () => {
  assertEquals(printable("x\u001b[31m\r\ny"), "x [31m y");
});
