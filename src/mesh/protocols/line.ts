/**
 * A line that is cut once so many bytes have gone over it: a connection through a circuit relay that limits them
 * (https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md, "Limits"; by default 128 KiB and two minutes).
 *
 * What fits goes over it as over any other. What does not goes in pieces small enough for it, over one such line after
 * another (`kept_pieces.ts` has what came before), as long as the manifest leaves most of a line to them; what is larger
 * still is not begun.
 *
 * @module
 */

/** What such a line has left. */
export interface Line {
  /** Bytes that it could carry when it was opened, both directions together. */
  readonly allowance: number;
  /** Bytes that it can carry now. */
  readonly left: number;
}

/** Bytes of a piece on a line that nothing limits: enough for full speed over noise and yamux. */
export const MOST_PIECE_BYTES = 1024 * 1024;

/** Pieces of one transfer, at most. */
export const MOST_PIECES = 768;

/** The share of a line that a piece has, and that all that names the pieces may have. */
const SHARE = 1 / 8;

/** Bytes by which a piece is named in a message. */
const NAME_BYTES = 67;

/** Bytes kept free for frames, requests and signs of life. */
const MARGIN_BYTES = 6 * 1024;

/** The line has no room for what is due: it goes on over the next one. */
export class LineUsedUpError extends Error {
  override name = "LineUsedUpError";
}

/** Even piece by piece it would take too many such lines. */
export class LineTooSmallError extends Error {
  override name = "LineTooSmallError";
}

/** Bytes of a piece that goes over `line`. */
export function pieceBytesFor(line: Line | undefined): number {
  if (!line) return MOST_PIECE_BYTES;
  return Math.min(MOST_PIECE_BYTES, Math.max(1024, Math.floor(SHARE * line.allowance)));
}

/** The largest transfer that is begun over `line`, in bytes: 4 MB at 128 KiB. */
export function mostBytesOver(line: Line): number {
  const pieces = Math.min(MOST_PIECES, Math.floor(SHARE * line.allowance / NAME_BYTES));
  return pieces * pieceBytesFor(line);
}

/** @throws {LineTooSmallError} if `bytes` are more than is begun over `line`. */
export function requireFits(bytes: number, line: Line | undefined): void {
  if (!line || bytes <= mostBytesOver(line)) return;
  throw new LineTooSmallError(
    `${bytes} bytes do not go through a relay that allows ${line.allowance} bytes a connection, at most ` +
      `${mostBytesOver(line)} do: raise the relay's limits, or use a relay of your own`,
  );
}

/** @throws {LineTooSmallError} if `bytes`, which cannot go on over another line, are more than half of `line`. */
export function requireFitsWhole(bytes: number, line: Line | undefined): void {
  if (!line || bytes <= line.allowance / 2) return;
  throw new LineTooSmallError(
    `${bytes} bytes, which must go as a whole, do not go through a relay that allows ${line.allowance} bytes a ` +
      "connection: raise the relay's limits, or use a relay of your own",
  );
}

/** Whether `line` carries `bytes` more, now. */
export function hasRoom(line: Line | undefined, bytes = 0): boolean {
  return !line || line.left >= Math.min(bytes + MARGIN_BYTES, line.allowance / 2);
}
