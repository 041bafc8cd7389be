/** What a refusal is about, by its sentence, which `hello.ts`, `greeting.ts` and `places.ts` make. */

/** A kind of refusal; "other" is what earlier or later versions of this program say. */
export type RefusalKind =
  | "wire-version"
  | "consortium"
  | "charter"
  | "settings"
  | "key-in-use"
  | "hung-up"
  | "malformed"
  | "other";

/** The kinds, with what sentences of each begin with. */
const BEGINNINGS: Readonly<Record<Exclude<RefusalKind, "other">, readonly string[]>> = {
  "wire-version": ["the wire version differs"],
  consortium: ["the consortium differs"],
  charter: ["the charter differs"],
  settings: ["the settings differ", "only the site "],
  "key-in-use": ["this key is in use at another place"],
  "hung-up": ["it hung up during the hello"],
  malformed: [
    "its first message is not a hello",
    "its hello is malformed",
    "its hello failed",
    "its key for sealing is not signed",
    "what it says of its process is not signed",
  ],
};

/** All kinds. */
export const REFUSAL_KINDS: readonly RefusalKind[] = [
  ...Object.keys(BEGINNINGS) as (keyof typeof BEGINNINGS)[],
  "other",
];

/** The other side's verdict carries its own sentence. */
const BY_THE_OTHER = "it refused: ";

/** The kind of a refusal, whoever refused whom. */
export function refusalKind(reason: string): RefusalKind {
  const sentence = reason.startsWith(BY_THE_OTHER) ? reason.slice(BY_THE_OTHER.length) : reason;
  const kinds = Object.entries(BEGINNINGS) as [RefusalKind, readonly string[]][];
  return kinds.find(([, beginnings]) => beginnings.some((beginning) => sentence.startsWith(beginning)))?.[0] ?? "other";
}
