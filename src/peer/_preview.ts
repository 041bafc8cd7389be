/**
 * The preview of a test case, made from its files: of its image, truth and predictions no more is in memory than the
 * files hold.
 *
 * @module
 */
import { axisMapOf } from "../data/affine.ts";
import { channelFilesOf } from "../data/channels.ts";
import type { CaseReference, LabelScheme } from "../data/datasets/dataset.ts";
import { readLabels } from "../data/labels/read.ts";
import { readStored } from "../data/formats/read.ts";
import { rasLayout, readPlane, scatter } from "../data/orient.ts";
import type { LabelVolume } from "../data/restore.ts";
import type { Method } from "./events.ts";
import { makePreview, type PlaneReader } from "./report/preview.ts";
import type { Preview } from "./report/schema.ts";

/**
 * Reads a case's first channel and its predictions, as far as there are any, and cuts the slice that is worth looking
 * at.
 *
 * @param predictions their paths
 * @throws {UserError} if a file cannot be read.
 */
export async function previewOf(
  { label, ...reference }: CaseReference,
  predictions: Partial<Record<Method, string>>,
  scheme: LabelScheme,
): Promise<Preview> {
  const [{ path, frame }] = channelFilesOf(reference);
  const volume = await readStored(path, { frame });
  const labels = async (path: string | undefined) =>
    path === undefined ? null : labelPlanes(await readLabels(path, scheme, { image: volume, ignored: "background" }));
  const layout = rasLayout(volume.affine, volume.dims);
  const [x, y, z] = layout.dims;
  return makePreview({
    case: reference.id,
    shape: [z, y, x],
    spacing: scatter(axisMapOf(volume.affine), volume.spacing),
    image: (z) => {
      const plane = new Float32Array(x * y);
      readPlane(volume.stored, layout, z, plane, volume);
      return plane;
    },
    truth: await labels(label),
    pretrained: await labels(predictions.pretrained),
    scratch: await labels(predictions.scratch),
  });
}

/** Reads planes of labels, turned to RAS. */
function labelPlanes({ data, affine, dims }: LabelVolume): PlaneReader<Uint8Array> {
  const layout = rasLayout(affine, dims);
  const plane = new Uint8Array(layout.dims[0] * layout.dims[1]);
  return (z) => {
    readPlane(data, layout, z, plane);
    return plane;
  };
}
