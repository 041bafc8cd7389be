/** Sites that swap audit heads over streams in memory. */
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import type { AuditHead } from "../../../src/mesh/anchors/audit_head.ts";
import { AnchorBook } from "../../../src/mesh/anchors/book.ts";
import { AnchorSpread } from "../../../src/mesh/anchors/spread.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { channelPair } from "../_streams.ts";

/** A head of `records` records; `name` tells logs apart. */
export function headOf(records: number, name = "a"): AuditHead {
  return { records, bytes: records * 100, digest: name.repeat(64) };
}

/** One site, whose log can be set, and everything that it was told. */
export interface Site {
  identity: Identity;
  spread: AnchorSpread;
  book: AnchorBook;
  /** The site's log. */
  head: AuditHead | undefined;
  told: { peer: string; head: AuditHead }[];
  warnings: { peer?: string; message: string }[];
}

/** What a site begins with. */
export interface SiteOptions {
  path: string;
  head?: AuditHead;
  epoch?: number;
  consortium?: string;
  /** Opens a stream to a member. @default nobody is there */
  use?: (peer: string, work: (channel: FrameChannel) => Promise<unknown>) => Promise<unknown>;
  present?: string[];
}

export async function makeSite(
  identity: Identity,
  { path, head, epoch = 1, consortium = "test", use, present = [] }: SiteOptions,
): Promise<Site> {
  const warnings: Site["warnings"] = [];
  const told: Site["told"] = [];
  const book = new AnchorBook(path, consortium, { warn: (message) => warnings.push({ message }) });
  await book.load();
  const site: Site = { identity, head, told, warnings, book, spread: undefined! };
  const opened = async (peer: string, _link: unknown, work: (channel: FrameChannel) => Promise<unknown>) =>
    await use?.(peer, work);
  site.spread = new AnchorSpread({
    ...{ identity, consortium, epoch, book },
    peers: {
      signal: new AbortController().signal,
      present: () => present,
      isPresent: (peer) => present.includes(peer),
      use: opened as never,
    },
    log: { anchored: () => site.head, told: (peer, head) => void told.push({ peer, head }) },
    stepTimeout: 10_000,
    warn: (message, peer) => warnings.push({ message, peer }),
    debug: () => {},
  });
  return site;
}

/** Two sites meet. */
export async function meet(here: Site, there: Site): Promise<void> {
  const { a, b } = await channelPair();
  await Promise.all([here.spread.swap(a, there.identity.peerId), there.spread.swap(b, here.identity.peerId)]);
  await Promise.all([a.close(), b.close()]);
}
