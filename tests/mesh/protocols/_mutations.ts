/** What a hostile remote does to a frame, as data that fast-check draws and shrinks. */
import { concat } from "@std/bytes/concat";
import fc from "fast-check";
import { type Bytes, fromUtf8, utf8 } from "../../../src/core/bytes.ts";
import { encodeFrames, type Frame, WIRE_VERSION } from "../../../src/mesh/protocols/frame.ts";

/** One change of one frame's bytes, header included. */
export type Change =
  | { do: "flip"; at: number; mask: number }
  | { do: "truncate"; at: number }
  | { do: "insert"; at: number; bytes: Bytes }
  | { do: "version"; version: number }
  | { do: "length"; length: number }
  /** The payload is another one, and its digest is right. */
  | { do: "payload"; bytes: Bytes }
  | { do: "text"; value: unknown }
  | { do: "field"; at: number; value: unknown }
  | { do: "extra field"; name: string }
  | { do: "kind" };

/** What is done to the stream: the frame of that number is changed, left out, or followed by an earlier one. */
export type Mutation = { frame: number } & (Change | { do: "drop" } | { do: "replay"; which: number });

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }) as fc.Arbitrary<Bytes>;
/** Positions are taken modulo what there is. */
const at = fc.nat(2 ** 16);
/** Numbers, and texts, that mean something somewhere. */
const odd = fc.constantFrom<unknown>(
  -1,
  0,
  0.5,
  1e9,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  null,
  "",
  "x".repeat(70_000),
  [],
  {},
);
const value = fc.oneof(odd, fc.jsonValue({ maxDepth: 2 }));

/** Every change of a frame. */
export const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ do: fc.constant("flip" as const), at, mask: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ do: fc.constant("truncate" as const), at }),
  fc.record({ do: fc.constant("insert" as const), at, bytes: bytes(100).filter(({ length }) => length > 0) }),
  fc.record({ do: fc.constant("version" as const), version: fc.nat(255).filter((one) => one !== WIRE_VERSION) }),
  fc.record({ do: fc.constant("length" as const), length: fc.oneof(fc.constant(2 ** 32 - 1), fc.nat(2 ** 32 - 1)) }),
  fc.record({ do: fc.constant("payload" as const), bytes: bytes(300) }),
  fc.record({ do: fc.constant("text" as const), value }),
  fc.record({ do: fc.constant("field" as const), at, value }),
  fc.record({
    do: fc.constant("extra field" as const),
    name: fc.constantFrom("extra", "__proto__", "type", "toString"),
  }),
  fc.record({ do: fc.constant("kind" as const) }),
);

/** Every mutation of a conversation of up to `frames` frames. */
export function mutations(frames: number): fc.Arbitrary<Mutation> {
  const which = fc.nat(frames);
  const change = fc.oneof(
    { weight: 10, arbitrary: changes },
    { weight: 1, arbitrary: fc.constant({ do: "drop" as const }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("replay" as const), which }) },
  );
  return fc.tuple(fc.nat(frames - 1), change).map(([frame, change]): Mutation => ({ frame, ...change }));
}

/** The bytes of one frame. */
export async function bytesOfFrame(frame: Frame): Promise<Bytes> {
  return concat(await Array.fromAsync(encodeFrames([frame])));
}

/** A message with one of its values, however deep, replaced; the fields of an object in turn. */
function withField(message: unknown, at: number, value: unknown): unknown {
  if (typeof message !== "object" || message === null) return value;
  const names = Object.keys(message);
  if (names.length === 0) return value;
  const name = names[at % names.length];
  const rest = Math.floor(at / names.length);
  const inner = (message as Record<string, unknown>)[name];
  const replaced = rest % 2 === 0 ? value : withField(inner, rest >> 1, value);
  return Array.isArray(message) ? message.with(Number(name), replaced) : { ...message, [name]: replaced };
}

function otherMessage({ payload }: Frame, change: (message: unknown) => unknown): Bytes {
  const text = JSON.stringify(change(JSON.parse(fromUtf8(payload))));
  return utf8(text ?? "null");
}

/** The bytes of `frame` after `change`. What changes a message leaves raw bytes as they are, but for their last one. */
export async function changed(frame: Frame, change: Change): Promise<Bytes> {
  const { kind, payload } = frame;
  const message = (to: (message: unknown) => unknown): Promise<Bytes> => {
    const other = kind === "message" ? otherMessage(frame, to) : payload.map((byte, i) => i ? byte : byte ^ 1);
    return bytesOfFrame({ kind, payload: other });
  };
  switch (change.do) {
    case "payload":
      return await bytesOfFrame({ kind, payload: change.bytes });
    case "text":
      return await message(() => change.value);
    case "field":
      return await message((value) => withField(value, change.at, change.value));
    case "extra field":
      // a computed "__proto__" is a field of its own, as JSON.parse makes it
      return await message((value) => ({ ...value as object, [change.name]: 1 }));
    case "kind":
      return await bytesOfFrame({ kind: kind === "message" ? "bytes" : "message", payload });
  }
  const whole = await bytesOfFrame(frame);
  switch (change.do) {
    case "flip":
      whole[change.at % whole.length] ^= change.mask;
      return whole;
    case "truncate":
      return whole.slice(0, change.at % whole.length);
    case "insert": {
      const place = change.at % (whole.length + 1);
      return concat([whole.subarray(0, place), change.bytes, whole.subarray(place)]);
    }
    case "version":
      whole[0] = change.version;
      return whole;
    case "length":
      new DataView(whole.buffer).setUint32(4, change.length);
      return whole;
  }
}
