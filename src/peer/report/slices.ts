/**
 * Slices as PNG pictures, with labels laid over the grey image.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { encode } from "fast-png";
import { labelColour } from "../../display/palette.ts";
import type { Preview } from "./schema.ts";

/** The longer side of a picture in pixels, at least: large enough to look at, small enough to inline by the dozen. */
const TARGET = 200;
/** Opacity of a label's area; its outline is opaque. */
const FILL = 0.34;

interface Raster {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Linear interpolation of grey values on to `width` x `height`, pixel centres aligned, edges held. */
function enlarge(image: Uint8Array, from: { width: number; height: number }, width: number, height: number): Raster {
  const data = new Uint8Array(width * height);
  const axis = (i: number, size: number, source: number) => {
    const place = Math.min(source - 1, Math.max(0, ((i + 0.5) * source) / size - 0.5));
    const low = Math.floor(place);
    return { low, high: Math.min(low + 1, source - 1), part: place - low };
  };
  const columns = Array.from({ length: width }, (_, x) => axis(x, width, from.width));
  for (let y = 0; y < height; y++) {
    const { low, high, part } = axis(y, height, from.height);
    for (let x = 0; x < width; x++) {
      const c = columns[x];
      const row = (r: number) => {
        const left = image[r * from.width + c.low];
        return left + (image[r * from.width + c.high] - left) * c.part;
      };
      const top = row(low);
      data[y * width + x] = Math.round(top + (row(high) - top) * part);
    }
  }
  return { width, height, data };
}

/** Labels by nearest voxel on to `width` x `height`: what is drawn is what was predicted, voxel by voxel. */
function enlargeLabels(labels: Uint8Array, from: { width: number; height: number }, width: number, height: number) {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * from.height) / height) * from.width;
    for (let x = 0; x < width; x++) data[y * width + x] = labels[row + Math.floor((x * from.width) / width)];
  }
  return data;
}

function rgb(colour: string): [number, number, number] {
  const value = parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Each label's area tinted and outlined in its colour. */
function overlay({ width, height, data: grey }: Raster, labels: Uint8Array, values: readonly number[]): Uint8Array {
  const colours = new Map(values.map((value, index) => [value, rgb(labelColour(index))]));
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const label = labels[i];
      const colour = colours.get(label);
      const edge = colour !== undefined &&
        (x === 0 || y === 0 || x === width - 1 || y === height - 1 || labels[i - 1] !== label ||
          labels[i + 1] !== label || labels[i - width] !== label || labels[i + width] !== label);
      const opacity = colour === undefined ? 0 : edge ? 1 : FILL;
      for (let c = 0; c < 3; c++) {
        data[i * 3 + c] = Math.round(grey[i] * (1 - opacity) + (colour?.[c] ?? 0) * opacity);
      }
    }
  }
  return data;
}

/** The size at which a preview is drawn: a whole multiple of its width, its height stretched to square millimetres. */
function drawnSize({ width, height, pixelAspect }: Preview): { width: number; height: number } {
  const tall = height * pixelAspect;
  const factor = Math.max(1, Math.ceil(TARGET / Math.max(width, tall)));
  return { width: width * factor, height: Math.max(1, Math.round(tall * factor)) };
}

/**
 * A PNG of the preview's image, with `labels` (of the preview's own width and height) laid over it unless null.
 *
 * @param values The label values, in the order of their colours; others are not drawn.
 */
export function slicePng(preview: Preview, labels: Uint8Array | null, values: readonly number[]): Uint8Array {
  const { width, height } = drawnSize(preview);
  const grey = enlarge(preview.image, preview, width, height);
  if (labels === null) return encode({ ...grey, channels: 1, depth: 8 });
  const data = overlay(grey, enlargeLabels(labels, preview, width, height), values);
  return encode({ width, height, data, channels: 3, depth: 8 });
}

/** Bytes of a PNG as the `src` of an image. */
export function dataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${encodeBase64(png)}`;
}
