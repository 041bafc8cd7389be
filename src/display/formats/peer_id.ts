/** Of an Ed25519 key, as text. */
const PEER_ID = /12D3KooW[1-9A-HJ-NP-Za-km-z]{44}/g;

/** The last eight characters of a peer id, which are what tells ids of one kind apart. */
export function shortPeerId(peerId: string): string {
  return peerId.length <= 10 ? peerId : `…${peerId.slice(-8)}`;
}

/** `text` with names in place of the peer ids that have one. */
export function withNames(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(PEER_ID, (peerId) => names.get(peerId) ?? peerId);
}
