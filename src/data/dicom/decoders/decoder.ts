/**
 * What unpacks the pixels of one slice.
 *
 * @module
 */

/** What the pixels must become. */
export interface FrameShape {
  readonly rows: number;
  readonly columns: number;
  /** Bytes a pixel. */
  readonly bytes: number;
}

/**
 * The pixels of a packed frame, row by row, in little-endian integers of the shape's bytes; a decoder loads its library
 * when it is called first. It throws whatever it likes where the frame is damaged.
 */
export type PixelDecoder = (frame: Uint8Array, shape: FrameShape) => Promise<Uint8Array>;
