/** The last eight characters of a peer id, which are what tells ids of one kind apart. */
export function shortPeerId(peerId: string): string {
  return peerId.length <= 10 ? peerId : `…${peerId.slice(-8)}`;
}
