/** A liar: an honest site, whose messages are changed, held back or repeated on their way out. */
import { fromUtf8, utf8 } from "../../../src/core/bytes.ts";
import type { Rng } from "../../../src/core/rng.ts";
import type { Tamper } from "./_stream.ts";

const LIES: readonly (readonly [RegExp, (rng: Rng) => string])[] = [
  [/"mass":[^,}]+/, (rng) => `"mass":${rng.pick(["1e8", "1e300", "-1", "0", "null", "0.001"])}`],
  [/"round":[^,}]+/, (rng) => `"round":${rng.pick(["1000000000", "-1", "0", '"x"', "7"])}`],
  [/"step":[^,}]+/, (rng) => `"step":${rng.pick(["1000000", "0", "-3"])}`],
  [/"planned":(true|false)/, (rng) => `"planned":${rng.pick(["true", "false"])}`],
  [/"reference":"[^"]*"/, () => '"reference":"0123456789abcdef"'],
  [/"values":[^,}]+/, () => '"values":17'],
  [/"index":[^,}]+/, (rng) => `"index":${rng.pick(["0", "99999"])}`],
  [/"type":"[a-z]+"/, (rng) => `"type":"${rng.pick(["busy", "later", "commit", "committed", "pulled", "accept"])}"`],
];

/** Frames have eight bytes before their payload; what has no such message in it goes through as it is. */
export function lying(rng: Rng): Tamper {
  return (protocol, bytes) => {
    if (!protocol.startsWith("/syncytium/average") || !rng.chance(0.15)) return bytes;
    if (rng.chance(0.3)) return undefined;
    return changed(bytes, rng) ?? bytes;
  };
}

/** The same frame with another word in it, of a length that its header says. */
function changed(bytes: Uint8Array, rng: Rng): Uint8Array | undefined {
  const start = bytes.indexOf(0x7b);
  if (start < 0) return undefined;
  let text: string;
  try {
    text = fromUtf8(bytes.subarray(start));
  } catch {
    return undefined;
  }
  const [pattern, lie] = rng.pick(LIES);
  const other = text.replace(pattern, lie(rng));
  // JSON may have spaces at its end: the header says how long the frame is
  const payload = utf8(other.length <= text.length ? other.padEnd(text.length) : text);
  const whole = bytes.slice();
  whole.set(payload.subarray(0, bytes.length - start), start);
  return whole;
}
