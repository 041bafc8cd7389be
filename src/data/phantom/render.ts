/**
 * A scan of one person: the anatomy deformed, posed, sampled on the scanner's grid, shaded, noisy.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { orientationOf } from "../affine.ts";
import { stridesOf, type Volume, voxelCount } from "../volume.ts";
import { type Anatomy, distanceToCurve, type Ellipsoid, type Tube } from "./anatomy.ts";
import type { Scanner } from "./scanner.ts";

/** What a scan yields; both volumes share grid and affine. */
export interface Scan {
  readonly image: Volume;
  readonly label: Volume;
}

/** Options of {@linkcode scan}. */
export interface ScanOptions {
  /** Field of view along x, y, z in mm. @default [96, 96, 80] */
  fieldOfView?: Triple;
  /** Greatest rotation about each axis in degrees. @default 8 */
  rotation?: number;
  /** Standard deviation in mm of each wave of the deformation. @default 1.5 */
  deformation?: number;
  /** Which of several scans, from 0, of the person as he or she lies: each has noise of its own. @default 0 */
  repetition?: number;
}

/** Scans one person once. */
export function scan(anatomy: Anatomy, scanner: Scanner, rng: Rng, options: ScanOptions = {}): Scan {
  const { fieldOfView = [96, 96, 80], rotation = 8, deformation = 1.5, repetition = 0 } = options;
  const dims = perAxis((axis) => Math.round(fieldOfView[axis] / scanner.spacing[axis]));
  const toAnatomy = deformationOf(rng.fork("deformation"), rotation, deformation);
  const lattice = sampleLattice(dims, scanner.spacing, toAnatomy);
  const person = rng.fork("tissues");
  const intensity = Object.fromEntries(
    Object.entries(scanner.contrast).map((
      [tissue, value],
    ) => [tissue, tissue === "air" ? 0 : value + 0.015 * person.normal()]),
  );
  const { signal, classes } = paint(anatomy, intensity, dims, scanner.spacing, lattice);
  const shading = smoothField(rng.fork("bias"), dims, scanner.spacing, 60, scanner.bias);
  const texture = smoothField(rng.fork("texture"), dims, scanner.spacing, 14, 0.05);
  const noise = rng.fork(repetition === 0 ? "noise" : `noise/${repetition}`);
  const [one, zero] = scanner.range;
  const limits = LIMITS[scanner.datatype];
  for (let i = 0; i < signal.length; i++) {
    const clean = signal[i] * Math.exp(shading[i] + texture[i]);
    const real = clean + scanner.noise * noise.normal();
    const imaginary = scanner.noise * noise.normal();
    const magnitude = Math.sqrt(real * real + imaginary * imaginary);
    const stored = (zero + magnitude * (one - zero) - scanner.intercept) / scanner.slope;
    signal[i] = Math.min(Math.max(stored, limits[0]), limits[1]) * scanner.slope + scanner.intercept;
  }
  return store(signal, classes, dims, scanner);
}

const LIMITS = { uint8: [0, 255], int16: [-32768, 32767], float32: [-Infinity, Infinity] } as const;

type PointMap = (point: Triple) => Triple;

/** Scanner mm to anatomy mm: a rotation, a scale, a shift, and a sum of long waves that never folds. */
function deformationOf(rng: Rng, rotation: number, strength: number): PointMap {
  const [a, b, c] = [0, 1, 2].map(() => rng.uniform(-rotation, rotation) * Math.PI / 180);
  const size = Math.exp(0.06 * rng.normal());
  const shift = [0, 1, 2].map(() => rng.uniform(-5, 5));
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)];
  const matrix = [
    [ca * cb, ca * sb * sc - sa * cc, ca * sb * cc + sa * sc],
    [sa * cb, sa * sb * sc + ca * cc, sa * sb * cc - ca * sc],
    [-sb, cb * sc, cb * cc],
  ];
  const waves = [0, 1, 2].map(() =>
    Array.from(
      { length: 4 },
      () => ({ vector: waveVector(rng, 45, 110), phase: rng.uniform(0, 2 * Math.PI), height: strength * rng.normal() }),
    )
  );
  return (point) => {
    const posed = matrix.map((row, axis) =>
      (row[0] * point[0] + row[1] * point[1] + row[2] * point[2]) * size + shift[axis]
    );
    return perAxis((axis) =>
      posed[axis] +
      waves[axis].reduce((sum, { vector, phase, height }) =>
        sum + height * Math.sin(vector[0] * posed[0] + vector[1] * posed[1] + vector[2] * posed[2] + phase), 0)
    );
  };
}

/** A random direction, with a wavelength between the limits (mm). */
function waveVector(rng: Rng, shortest: number, longest: number): Triple {
  const direction = [rng.normal(), rng.normal(), rng.normal()];
  const factor = 2 * Math.PI / (rng.uniform(shortest, longest) * Math.hypot(...direction));
  return [direction[0] * factor, direction[1] * factor, direction[2] * factor];
}

/** Anatomy coordinates at every LATTICE-th voxel; between them they are interpolated. */
interface Lattice {
  readonly dims: Triple;
  readonly points: Float32Array;
}
const LATTICE = 3;

/** A voxel's place in scanner mm: the middle of the field of view is the origin. */
function place(index: number, axis: number, dims: Triple, spacing: Triple): number {
  return (index - (dims[axis] - 1) / 2) * spacing[axis];
}

function sampleLattice(dims: Triple, spacing: Triple, map: PointMap): Lattice {
  const counts = perAxis((axis) => Math.floor((dims[axis] - 1) / LATTICE) + 2);
  const points = new Float32Array(3 * voxelCount(counts));
  let to = 0;
  for (let z = 0; z < counts[2]; z++) {
    for (let y = 0; y < counts[1]; y++) {
      for (let x = 0; x < counts[0]; x++) {
        const at: Triple = [
          place(x * LATTICE, 0, dims, spacing),
          place(y * LATTICE, 1, dims, spacing),
          place(z * LATTICE, 2, dims, spacing),
        ];
        for (const value of map(at)) points[to++] = value;
      }
    }
  }
  return { dims: counts, points };
}

/** A structure with what speeds up painting: a box around it and its intensity. */
interface Brush {
  readonly structure: Ellipsoid | Tube;
  readonly low: Triple;
  readonly high: Triple;
  readonly value: number;
}

function brushOf(structure: Ellipsoid | Tube, value: number, margin: number): Brush {
  const extremes = (axis: number): [number, number] =>
    structure.kind === "ellipsoid"
      ? [structure.centre[axis] - structure.radii[axis], structure.centre[axis] + structure.radii[axis]]
      : [
        Math.min(...structure.points.map((point) => point[axis])) - structure.radius,
        Math.max(...structure.points.map((point) => point[axis])) + structure.radius,
      ];
  return {
    structure,
    value,
    low: perAxis((axis) => extremes(axis)[0] - margin),
    high: perAxis((axis) => extremes(axis)[1] + margin),
  };
}

/** Tissue intensities with soft borders as wide as a voxel (partial volume), and the label of every voxel. */
function paint(
  anatomy: Anatomy,
  intensity: Readonly<Record<string, number>>,
  dims: Triple,
  spacing: Triple,
  lattice: Lattice,
): { signal: Float32Array; classes: Uint8Array } {
  const softness = (spacing[0] + spacing[1] + spacing[2]) / 6;
  const brushes = anatomy.structures.map((structure) => brushOf(structure, intensity[structure.tissue], softness));
  const { radii, fat } = anatomy.trunk;
  const inner = Math.min(...radii);
  const signal = new Float32Array(voxelCount(dims));
  const classes = new Uint8Array(signal.length);
  const cover = (distance: number) => Math.min(Math.max(0.5 - distance / (2 * softness), 0), 1);
  const point = new Float64Array(3);
  let index = 0;
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      for (let x = 0; x < dims[0]; x++, index++) {
        interpolate(lattice, x, y, z, point);
        const px = point[0];
        const py = point[1];
        const pz = point[2];
        const depth = (Math.sqrt((px / radii[0]) ** 2 + (py / radii[1]) ** 2) - 1) * inner;
        if (depth > softness) continue;
        let value = cover(depth) * intensity.fat;
        value += cover(depth + fat) * (intensity.muscle - value);
        for (const { structure, low, high, value: own } of brushes) {
          if (px < low[0] || px > high[0] || py < low[1] || py > high[1] || pz < low[2] || pz > high[2]) continue;
          const share = cover(outside(structure, px, py, pz));
          value += share * (own - value);
          if (share >= 0.5) classes[index] = labelAt(structure, pz);
        }
        signal[index] = value;
      }
    }
  }
  return { signal, classes };
}

function outside(structure: Ellipsoid | Tube, x: number, y: number, z: number): number {
  if (structure.kind === "tube") return distanceToCurve(structure.points, x, y, z) - structure.radius;
  const { centre, radii } = structure;
  const dx = (x - centre[0]) / radii[0];
  const dy = (y - centre[1]) / radii[1];
  const dz = (z - centre[2]) / radii[2];
  return (Math.sqrt(dx * dx + dy * dy + dz * dz) - 1) * Math.min(radii[0], radii[1], radii[2]);
}

function labelAt(structure: Ellipsoid | Tube, z: number): number {
  if (structure.kind === "ellipsoid") return structure.label ?? 0;
  return structure.labels ? structure.labels[z >= structure.border! ? 0 : 1] : 0;
}

function interpolate({ dims, points }: Lattice, x: number, y: number, z: number, result: Float64Array): void {
  const x0 = Math.floor(x / LATTICE);
  const y0 = Math.floor(y / LATTICE);
  const z0 = Math.floor(z / LATTICE);
  const fx = x / LATTICE - x0;
  const fy = y / LATTICE - y0;
  const fz = z / LATTICE - z0;
  const base = 3 * (x0 + dims[0] * (y0 + dims[1] * z0));
  const dx = 3;
  const dy = 3 * dims[0];
  const dz = dy * dims[1];
  for (let axis = 0; axis < 3; axis++) {
    const i = base + axis;
    const a = points[i] + fx * (points[i + dx] - points[i]);
    const b = points[i + dy] + fx * (points[i + dy + dx] - points[i + dy]);
    const c = points[i + dz] + fx * (points[i + dz + dx] - points[i + dz]);
    const d = points[i + dz + dy] + fx * (points[i + dz + dy + dx] - points[i + dz + dy]);
    const near = a + fy * (b - a);
    result[axis] = near + fz * (c + fy * (d - c) - near);
  }
}

/** A sum of random waves of about `wavelength` mm with standard deviation `strength`. */
function smoothField(rng: Rng, dims: Triple, spacing: Triple, wavelength: number, strength: number): Float32Array {
  const waves = Array.from({ length: 6 }, () => ({
    vector: waveVector(rng, wavelength * 0.7, wavelength * 2),
    phase: rng.uniform(0, 2 * Math.PI),
  }));
  const height = strength * Math.sqrt(2 / waves.length);
  const field = new Float32Array(voxelCount(dims));
  for (const { vector, phase } of waves) {
    // sin(a + b) along x by rotation, one multiplication instead of a sine a voxel
    const [cosStep, sinStep] = [Math.cos(vector[0] * spacing[0]), Math.sin(vector[0] * spacing[0])];
    let index = 0;
    for (let z = 0; z < dims[2]; z++) {
      for (let y = 0; y < dims[1]; y++) {
        const angle = phase + vector[1] * y * spacing[1] + vector[2] * z * spacing[2];
        let [sine, cosine] = [height * Math.sin(angle), height * Math.cos(angle)];
        for (let x = 0; x < dims[0]; x++) {
          field[index++] += sine;
          const next = sine * cosStep + cosine * sinStep;
          cosine = cosine * cosStep - sine * sinStep;
          sine = next;
        }
      }
    }
  }
  return field;
}

/** Puts RAS values in the scanner's voxel order, with the affine that says so. */
function store(signal: Float32Array, classes: Uint8Array, rasDims: Triple, scanner: Scanner): Scan {
  const axes = [...scanner.orientation].map((letter) => "RLAPSI".indexOf(letter) >> 1);
  const signs = [...scanner.orientation].map((letter) => ("RAS".includes(letter) ? 1 : -1));
  const dims = perAxis((axis) => rasDims[axes[axis]]);
  const spacing = perAxis((axis) => scanner.spacing[axes[axis]]);
  const affine = [0, 1, 2].map(() => [0, 0, 0, 0]);
  axes.forEach((axis, i) => {
    affine[axis][i] = signs[i] * spacing[i];
    affine[axis][3] = -signs[i] * spacing[i] * (dims[i] - 1) / 2;
  });
  affine.push([0, 0, 0, 1]);
  const strides = stridesOf(rasDims);
  const step = axes.map((axis, i) => signs[i] * strides[axis]);
  const start = axes.reduce((sum, axis, i) => sum + (signs[i] < 0 ? (dims[i] - 1) * strides[axis] : 0), 0);
  const image = new Float32Array(signal.length);
  const label = new Float32Array(signal.length);
  let to = 0;
  for (let k = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      for (let i = 0; i < dims[0]; i++, to++) {
        const from = start + i * step[0] + j * step[1] + k * step[2];
        image[to] = signal[from];
        label[to] = classes[from];
      }
    }
  }
  const common = { dims, spacing, affine, orientation: orientationOf(affine) };
  return {
    image: { ...common, data: image, datatype: scanner.datatype },
    label: { ...common, data: label, datatype: "uint8" },
  };
}
