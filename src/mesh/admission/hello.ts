/**
 * The first words on a connection, `/syncytium/hello/1`: whether two peers can work together at all.
 *
 * Both send what they are, compare, and tell each other the verdict; only if both accept does any other protocol serve.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import * as v from "valibot";
import { type Bytes, fromBase64, utf8 } from "../../core/bytes.ts";
import { fingerprint } from "../charter/charter.ts";
import { type CharterMark, markSchema } from "../charter/mark.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { WIRE_VERSION } from "../protocols/frame.ts";

/** The protocol's name. */
export const HELLO_PROTOCOL = "/syncytium/hello/1";

/** Model and method: what must be equal for averaging and features to make sense. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/**
 * What a hello may hold: characters of a consortium's name, settings, characters of a setting's name and of its value.
 */
export const HELLO_LIMITS = Object.freeze({ consortium: 200, settings: 200, name: 100, value: 500 });

const settingsSchema = v.pipe(
  v.record(
    v.pipe(v.string(), v.maxLength(HELLO_LIMITS.name)),
    v.union([v.pipe(v.string(), v.maxLength(HELLO_LIMITS.value)), v.number(), v.boolean()]),
  ),
  v.check(
    (settings) => Object.keys(settings).length <= HELLO_LIMITS.settings,
    `at most ${HELLO_LIMITS.settings} settings`,
  ),
);
const helloSchema = v.looseObject({ type: v.literal("hello"), wire: v.pipe(v.number(), v.safeInteger()) });
const helloOneSchema = v.strictObject({
  type: v.literal("hello"),
  wire: v.literal(WIRE_VERSION),
  consortium: v.pipe(v.string(), v.minLength(1), v.maxLength(HELLO_LIMITS.consortium)),
  settings: settingsSchema,
  charter: v.optional(markSchema),
  hpkePublicKey: v.pipe(v.string(), v.length(44)),
  signature: v.pipe(v.string(), v.length(88)),
});
/** Characters of a reason; what is longer is cut. */
const MAX_REASON = 2000;
const verdictSchema = v.strictObject({
  type: v.literal("verdict"),
  accepted: v.boolean(),
  reason: v.optional(v.pipe(v.string(), v.maxLength(MAX_REASON))),
});

/** What a peer says of itself. `hpkePublicKey` is signed by the identity that the noise handshake proved. */
export type Hello = v.InferOutput<typeof helloOneSchema>;

/**
 * What came of a hello: the remote's verified HPKE key and what it says of its charter, or a sentence that says why
 * not.
 */
export type HelloOutcome =
  | { accepted: true; hpkePublicKey: Bytes; charter?: CharterMark }
  | { accepted: false; reason: string };

function keyStatement(consortium: string, peer: string, hpkePublicKey: string): Bytes {
  return utf8(["syncytium/hpke-key/1", consortium, peer, hpkePublicKey].join("\n"));
}

/** Bytes of a hello on the wire, without its frame: the key and the signature have one length. */
export function helloBytes(
  { consortium, settings, charter }: { consortium: string; settings: Settings; charter?: CharterMark },
): number {
  const [hpkePublicKey, signature] = ["=".repeat(44), "=".repeat(88)];
  const hello: Hello = { type: "hello", wire: WIRE_VERSION, consortium, settings, charter, hpkePublicKey, signature };
  return utf8(JSON.stringify(hello)).length;
}

/** This peer's hello. */
export async function makeHello(
  identity: { peerId: string; privateKey: Ed25519PrivateKey; hpkePublicKey: Bytes },
  { consortium, settings }: { consortium: string; settings: Settings },
): Promise<Hello> {
  const hpkePublicKey = encodeBase64(identity.hpkePublicKey);
  const signature = await identity.privateKey.sign(keyStatement(consortium, identity.peerId, hpkePublicKey));
  return {
    type: "hello",
    wire: WIRE_VERSION,
    consortium,
    settings,
    hpkePublicKey,
    signature: encodeBase64(signature),
  };
}

function valueOf(settings: Settings, name: string): Settings[string] | undefined {
  return Object.hasOwn(settings, name) ? settings[name] : undefined;
}

function charters(...both: readonly [Hello, Hello]): string {
  const [here, there] = both.map(({ charter }) =>
    charter ? `one founded as ${fingerprint(charter.founding)}` : "none, but a list of members"
  );
  return `${here} here, ${there} there`;
}

/** Options of {@linkcode whyNot}. */
export interface WhyNotOptions {
  /** Settings, with all whose names go on with a dot, that count only where both sides have some of them. @default [] */
  ifBoth?: readonly string[];
}

/** The settings of both that count. */
function comparable(own: Settings, remote: Settings, ifBoth: readonly string[]): Settings[] {
  const isOf = (group: string) => (name: string) => name === group || name.startsWith(`${group}.`);
  const oneSided = ifBoth.map(isOf).filter((isIn) => ![own, remote].every((one) => Object.keys(one).some(isIn)));
  const counts = ([name]: [string, unknown]) => !oneSided.some((isIn) => isIn(name));
  return [own, remote].map((settings) => Object.fromEntries(Object.entries(settings).filter(counts)));
}

/** Why the two cannot work together, as a sentence that names what differs and both values; `undefined` if they can. */
export function whyNot(own: Hello, remote: Hello, { ifBoth = [] }: WhyNotOptions = {}): string | undefined {
  if (own.consortium !== remote.consortium) {
    return `the consortium differs: "${own.consortium}" here, "${remote.consortium}" there`;
  }
  if (own.charter?.founding !== remote.charter?.founding) return `the charter differs: ${charters(own, remote)}`;
  const [here, there] = comparable(own.settings, remote.settings, ifBoth);
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])].sort();
  const differing = names.filter((name) => valueOf(here, name) !== valueOf(there, name));
  if (differing.length === 0) return undefined;
  // what only one side has is there, as a rule, because of a setting that both have
  const inBoth = differing.filter((name) => [here, there].every((settings) => Object.hasOwn(settings, name)));
  const told = inBoth.length > 0 ? inBoth : differing;
  const shown = (settings: Settings, name: string) => JSON.stringify(valueOf(settings, name)) ?? "none";
  const parts = told.slice(0, 5).map((name) => `"${name}" is ${shown(here, name)} here, ${shown(there, name)} there`);
  if (told.length > 5) parts.push(`and ${told.length - 5} more`);
  return `the settings differ: ${parts.join("; ")}`;
}

/** Checks the form of a hello and the signature of its key by `peer`. Resolves to a sentence where it is refused. */
export async function verifyHello(value: unknown, peer: string): Promise<Hello | string> {
  const outline = v.safeParse(helloSchema, value);
  if (!outline.success) return "its first message is not a hello";
  if (outline.output.wire !== WIRE_VERSION) {
    return `the wire version differs: ${WIRE_VERSION} here, ${outline.output.wire} there`;
  }
  const parsed = v.safeParse(helloOneSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return `its hello is malformed at ${v.getDotPath(issue) ?? "the top"}: ${issue.message}`;
  }
  const { consortium, hpkePublicKey, signature } = parsed.output;
  const signer = peerIdFromString(peer).publicKey;
  try {
    if (signer && await signer.verify(keyStatement(consortium, peer, hpkePublicKey), fromBase64(signature))) {
      return parsed.output;
    }
  } catch {
    // not base64, or no signature at all: refused below
  }
  return "its key for sealing is not signed by its identity";
}

/** Says hello over a fresh stream and hears the other's; both sides run this, the one that dialled opens the stream. */
export async function sayHello(
  channel: FrameChannel,
  { own, peer, signal, ...options }: { own: Hello; peer: string; signal?: AbortSignal } & WhyNotOptions,
): Promise<HelloOutcome> {
  await channel.sendMessage(own, signal);
  const remote = await verifyHello(await channel.receiveMessage((value) => value, signal), peer);
  // long settings make a long sentence: the remote would refuse the verdict itself
  const reason = (typeof remote === "string" ? remote : whyNot(own, remote, options))?.slice(0, MAX_REASON);
  await channel.sendMessage({ type: "verdict", accepted: reason === undefined, reason }, signal);
  const verdict = await channel.receiveMessage((value) => v.parse(verdictSchema, value), signal);
  if (reason !== undefined) return { accepted: false, reason };
  if (!verdict.accepted) return { accepted: false, reason: `it refused: ${verdict.reason ?? "without a reason"}` };
  const { hpkePublicKey, charter } = remote as Hello;
  return { accepted: true, hpkePublicKey: fromBase64(hpkePublicKey), ...(charter && { charter }) };
}
