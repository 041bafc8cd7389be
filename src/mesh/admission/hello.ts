/**
 * The first words on a connection, `/syncytium/hello/1`: whether two peers can work together at all.
 *
 * Both send what they are, compare, and tell each other the verdict; only if both accept does any other protocol serve.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import * as v from "valibot";
import { type Bytes, fromBase64, utf8 } from "../../core/bytes.ts";
import { fingerprint } from "../charter/charter.ts";
import { type CharterMark, markSchema } from "../charter/mark.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { WIRE_VERSION } from "../protocols/frame.ts";
import { isPlaceOf, isSignedBy, type Place, type PlaceProof, placeSchema, proofSchema } from "../protocols/place.ts";

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
  place: placeSchema,
  hpkePublicKey: v.pipe(v.string(), v.length(44)),
  signature: v.pipe(v.string(), v.length(88)),
});
/** Characters of a reason; what is longer is cut. */
const MAX_REASON = 2000;
const verdictSchema = v.strictObject({
  type: v.literal("verdict"),
  accepted: v.boolean(),
  reason: v.optional(v.pipe(v.string(), v.maxLength(MAX_REASON))),
  proof: v.optional(proofSchema),
});

/** What a peer says of itself. `hpkePublicKey` is signed by the identity that the noise handshake proved. */
export type Hello = v.InferOutput<typeof helloOneSchema>;

/** Why a peer is turned away although its hello is in order. */
export interface Refusal {
  /** A sentence. */
  reason: string;
  /** That its key is in use at another place. */
  proof?: PlaceProof;
}

/**
 * What came of a hello: the remote's verified HPKE key, its process, and what it says of its charter, or a sentence
 * that says why not, with the proof that the remote gave, if it did.
 */
export type HelloOutcome =
  | { accepted: true; hpkePublicKey: Bytes; place: Place; charter?: CharterMark }
  | { accepted: false } & Refusal;

function keyStatement(consortium: string, peer: string, hpkePublicKey: string): Bytes {
  return utf8(["syncytium/hpke-key/1", consortium, peer, hpkePublicKey].join("\n"));
}

/** Bytes of a hello on the wire, without its frame: the key and the signature have one length. */
export function helloBytes(
  { consortium, settings, charter }: { consortium: string; settings: Settings; charter?: CharterMark },
): number {
  const [hpkePublicKey, signature] = ["=".repeat(44), "=".repeat(88)];
  // an epoch has 13 digits until the year 2286
  const place: Place = { epoch: 1e12, id: "0".repeat(32), signature };
  const hello: Hello = {
    ...{ type: "hello", wire: WIRE_VERSION, consortium, settings, charter, place },
    ...{ hpkePublicKey, signature },
  };
  return utf8(JSON.stringify(hello)).length;
}

/** This peer's hello. */
export async function makeHello(
  identity: { peerId: string; privateKey: Ed25519PrivateKey; hpkePublicKey: Bytes },
  { consortium, settings, place }: { consortium: string; settings: Settings; place: Place },
): Promise<Hello> {
  const hpkePublicKey = encodeBase64(identity.hpkePublicKey);
  const signature = await identity.privateKey.sign(keyStatement(consortium, identity.peerId, hpkePublicKey));
  return {
    type: "hello",
    wire: WIRE_VERSION,
    consortium,
    settings,
    place,
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
  /**
   * Settings, with all whose names go on with a dot, that count only where both sides have some of them. @default []
   */
  ifBoth?: readonly string[];
  /**
   * What to say of the side that has a setting, by its name, where the other has none: a clause, told in place of all
   * that differs. @default {}
   */
  oneSided?: Readonly<Record<string, string>>;
}

/** The settings of both that count. */
function comparable(own: Settings, remote: Settings, ifBoth: readonly string[]): Settings[] {
  const isOf = (group: string) => (name: string) => name === group || name.startsWith(`${group}.`);
  const oneSided = ifBoth.map(isOf).filter((isIn) => ![own, remote].every((one) => Object.keys(one).some(isIn)));
  const counts = ([name]: [string, unknown]) => !oneSided.some((isIn) => isIn(name));
  return [own, remote].map((settings) => Object.fromEntries(Object.entries(settings).filter(counts)));
}

/** Why the two cannot work together, as a sentence that names what differs and both values; `undefined` if they can. */
export function whyNot(
  own: Hello,
  remote: Hello,
  { ifBoth = [], oneSided = {} }: WhyNotOptions = {},
): string | undefined {
  if (own.consortium !== remote.consortium) {
    return `the consortium differs: "${own.consortium}" here, "${remote.consortium}" there`;
  }
  if (own.charter?.founding !== remote.charter?.founding) return `the charter differs: ${charters(own, remote)}`;
  const has = ({ settings }: Hello, name: string) => Object.hasOwn(settings, name);
  const single = Object.keys(oneSided).find((name) => has(own, name) !== has(remote, name));
  if (single !== undefined) return `only the site ${has(own, single) ? "here" : "there"} ${oneSided[single]}`;
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

/**
 * Checks the form of a hello and the signatures of its process and its key by `peer`. Resolves to a sentence where it
 * is refused.
 */
export async function verifyHello(value: unknown, peer: string): Promise<Hello | string> {
  const outline = v.safeParse(helloSchema, value);
  if (!outline.success) return "its first message is not a hello";
  if (outline.output.wire !== WIRE_VERSION) {
    const { wire } = outline.output;
    const behind = wire < WIRE_VERSION ? "that site" : "this site";
    return `the wire version differs: ${WIRE_VERSION} here, ${wire} there; ${behind} must upgrade`;
  }
  const parsed = v.safeParse(helloOneSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return `its hello is malformed at ${v.getDotPath(issue) ?? "the top"}: ${issue.message}`;
  }
  const { consortium, place, hpkePublicKey, signature } = parsed.output;
  const statement = keyStatement(consortium, peer, hpkePublicKey);
  if (!await isSignedBy(peer, statement, signature)) return "its key for sealing is not signed by its identity";
  if (!await isPlaceOf(place, { consortium, peer })) return "what it says of its process is not signed by its identity";
  return parsed.output;
}

/** What {@linkcode sayHello} works with. */
export interface SayHelloOptions extends WhyNotOptions {
  own: Hello;
  /** Who the noise handshake says that the remote is. */
  peer: string;
  /** Why a remote is turned away whose hello is in order; `undefined` if it is let in. @default nobody is */
  turnAway?: (remote: Hello) => Promise<Refusal | undefined>;
  signal?: AbortSignal;
}

/** Says hello over a fresh stream and hears the other's; both sides run this, the one that dialled opens the stream. */
export async function sayHello(
  channel: FrameChannel,
  { own, peer, turnAway, signal, ...options }: SayHelloOptions,
): Promise<HelloOutcome> {
  await channel.sendMessage(own, signal);
  const remote = await verifyHello(await channel.receiveMessage((value) => value, signal), peer);
  const refusal = await refusalOf(own, remote, { turnAway, ...options });
  await channel.sendMessage({ type: "verdict", accepted: refusal === undefined, ...refusal }, signal);
  const verdict = await channel.receiveMessage((value) => v.parse(verdictSchema, value), signal);
  if (refusal !== undefined) return { accepted: false, reason: refusal.reason };
  const { reason = "without a reason", proof } = verdict;
  if (!verdict.accepted) return { accepted: false, reason: `it refused: ${reason}`, ...(proof && { proof }) };
  const { hpkePublicKey, place, charter } = remote as Hello;
  return { accepted: true, hpkePublicKey: fromBase64(hpkePublicKey), place, ...(charter && { charter }) };
}

/** @param remote its hello, or why that is none. */
async function refusalOf(
  own: Hello,
  remote: Hello | string,
  { turnAway, ...options }: Pick<SayHelloOptions, "turnAway"> & WhyNotOptions,
): Promise<Refusal | undefined> {
  const reason = typeof remote === "string" ? remote : whyNot(own, remote, options);
  // long settings make a long sentence: the remote would refuse the verdict itself
  if (reason !== undefined) return { reason: reason.slice(0, MAX_REASON) };
  return await turnAway?.(remote as Hello);
}
