/**
 * Cases in memory that threads share.
 *
 * @module
 */
import type { PreparedCase } from "../prepare.ts";

/**
 * The case with its voxels in shared memory, where a thread reads them without a copy; itself where they are already.
 */
export function shareCase(prepared: PreparedCase): PreparedCase {
  const { image, label, occupancy } = prepared;
  if ([image, label, occupancy?.shares].every((array) => !array || array.buffer instanceof SharedArrayBuffer)) {
    return prepared;
  }
  const sharedImage = new Float32Array(new SharedArrayBuffer(image.byteLength));
  sharedImage.set(image);
  if (!label) return { ...prepared, image: sharedImage };
  const sharedLabel = new Uint8Array(new SharedArrayBuffer(label.byteLength));
  sharedLabel.set(label);
  if (!occupancy) return { ...prepared, image: sharedImage, label: sharedLabel };
  const shares = new Uint8Array(new SharedArrayBuffer(occupancy.shares.byteLength));
  shares.set(occupancy.shares);
  return { ...prepared, image: sharedImage, label: sharedLabel, occupancy: { ...occupancy, shares } };
}
