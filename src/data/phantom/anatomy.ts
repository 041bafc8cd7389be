/**
 * The phantom's anatomy: a trunk in mm around its middle (x right, y front, z top), with organs as ellipsoids and
 * vessels as tubes, varied from person to person.
 *
 * Labelled are a vessel in two halves, `proximal` and `distal`, whose common border lies at the level of the kidneys'
 * upper poles and leaves no trace in the image, and a `gland` that looks like the nodes lying around elsewhere. Another
 * vessel of the same blood runs beside the labelled one. So structures are told apart by where they lie among the
 * others.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";

/** Tissues, each with an intensity of its own in a scanner's contrast. */
export const TISSUES = [
  "air",
  "fat",
  "muscle",
  "bone",
  "marrow",
  "liver",
  "spleen",
  "kidney",
  "fluid",
  "blood",
  "gland",
] as const;
export type Tissue = typeof TISSUES[number];

/** Label values and names of the phantom. */
export const PHANTOM_LABELS: ReadonlyMap<number, string> = new Map([[1, "proximal"], [2, "distal"], [3, "gland"]]);

/** An ellipsoid with axes along x, y, z. */
export interface Ellipsoid {
  readonly kind: "ellipsoid";
  readonly tissue: Tissue;
  readonly centre: Triple;
  readonly radii: Triple;
  readonly label?: number;
}

/** A chain of points with a radius around it. */
export interface Tube {
  readonly kind: "tube";
  readonly tissue: Tissue;
  readonly points: readonly Triple[];
  readonly radius: number;
  /** Label above and below `border`. */
  readonly labels?: readonly [number, number];
  /** Level (z) at which the label changes. */
  readonly border?: number;
}

/** One person; later structures lie over earlier ones. */
export interface Anatomy {
  /** Radii of the trunk and the thickness of its fat. */
  readonly trunk: { readonly radii: readonly [number, number]; readonly fat: number };
  readonly structures: readonly (Ellipsoid | Tube)[];
}

/** A new person. */
export function growAnatomy(rng: Rng): Anatomy {
  const around = (centre: Triple, spread: number): Triple => [
    centre[0] + spread * rng.normal(),
    centre[1] + spread * rng.normal(),
    centre[2] + spread * rng.normal(),
  ];
  const varied = (radii: Triple, spread = 0.1): Triple => {
    const size = Math.exp(0.6 * spread * rng.normal());
    const [a, b, c] = radii.map((radius) => radius * size * Math.exp(0.8 * spread * rng.normal()));
    return [a, b, c];
  };
  const organ = (tissue: Tissue, centre: Triple, radii: Triple): Ellipsoid => ({
    kind: "ellipsoid",
    tissue,
    centre: around(centre, 2),
    radii: varied(radii),
  });
  const rightKidney = organ("kidney", [19, -14, -9], [7, 6, 11]);
  const leftKidney = organ("kidney", [-19, -14, -6], [7, 6, 11]);
  const upperPoles = [rightKidney, leftKidney].map(({ centre, radii }) => centre[2] + radii[2]);
  const liver = organ("liver", [19, 4, 17], [16, 18, 17]);
  const gland: Ellipsoid = {
    kind: "ellipsoid",
    tissue: "gland",
    // below the liver's edge, in front of the right kidney
    centre: around([(liver.centre[0] + rightKidney.centre[0]) / 2 - 5, 12, liver.centre[2] - liver.radii[2] - 9], 1.5),
    radii: varied([10, 8, 8]),
    label: 3,
  };
  const artery: Tube = {
    kind: "tube",
    tissue: "blood",
    points: smoothCurve([[4, -6, 52], [2, -7, 34], [-3, -5, 17], [-7, 1, 2], [-6, 6, -14], [0, 4, -30], [4, 0, -50]]
      .map(([x, y, z]) => around([x, y, z], 2))),
    radius: 5 * Math.exp(0.1 * rng.normal()),
    labels: [1, 2],
    border: (upperPoles[0] + upperPoles[1]) / 2,
  };
  const vein: Tube = {
    kind: "tube",
    tissue: "blood",
    points: smoothCurve(
      [[12, -8, 52], [10, -10, 34], [8, -9, 16], [8, -8, 0], [7, -7, -16], [10, -6, -32], [14, -4, -50]]
        .map(([x, y, z]) => around([x, y, z], 2)),
    ),
    radius: 4.2 * Math.exp(0.12 * rng.normal()),
  };
  const targets = [artery, gland];
  return {
    trunk: { radii: [42 * Math.exp(0.05 * rng.normal()), 33 * Math.exp(0.05 * rng.normal())], fat: rng.uniform(3, 7) },
    structures: [
      ...spine(rng),
      liver,
      organ("spleen", [-24, -8, 18], [9, 11, 13]),
      organ("fluid", [-13, 14, 14], [10, 9, 11]),
      rightKidney,
      leftKidney,
      organ("fluid", [0, 10, -36], [13, 11, 9]),
      ...scatter(rng, rng.int(3) + 3, "fat", [3, 7], targets),
      vein,
      ...scatter(rng, rng.int(4) + 4, "gland", [5.5, 9], targets),
      artery,
      gland,
    ],
  };
}

/** A column of vertebrae with marrow inside, the discs between them cut out by muscle. */
function spine(rng: Rng): (Ellipsoid | Tube)[] {
  const [x, y] = [rng.normal(), -21 + 1.5 * rng.normal()];
  const column = smoothCurve(
    [50, 25, 0, -25, -50].map((z) => [x + rng.normal(), y + 1.5 * rng.normal(), z] as Triple),
  );
  const radius = 7 * Math.exp(0.08 * rng.normal());
  const phase = rng.uniform(0, 14);
  const vertebrae = [-4, -3, -2, -1, 0, 1, 2, 3].map((i): Ellipsoid => ({
    kind: "ellipsoid",
    tissue: "marrow",
    centre: [x, y, i * 14 + phase],
    radii: [radius * 0.8, radius * 0.8, 5],
  }));
  return [{ kind: "tube", tissue: "bone", points: column, radius }, ...vertebrae];
}

/** Blobs at random places in the trunk, clear of the labelled structures. */
function scatter(
  rng: Rng,
  count: number,
  tissue: Tissue,
  [smallest, largest]: readonly [number, number],
  targets: readonly (Ellipsoid | Tube)[],
): Ellipsoid[] {
  const blobs: Ellipsoid[] = [];
  for (let attempt = 0; blobs.length < count && attempt < 200; attempt++) {
    const [angle, distance] = [rng.uniform(0, 2 * Math.PI), Math.sqrt(rng.uniform())];
    const centre: Triple = [32 * distance * Math.cos(angle), 24 * distance * Math.sin(angle), rng.uniform(-38, 38)];
    const radii: Triple = [
      rng.uniform(smallest, largest),
      rng.uniform(smallest, largest),
      rng.uniform(smallest, largest),
    ];
    const clearance = Math.max(...radii) + 2;
    if (targets.every((target) => distanceTo(target, centre) > clearance)) {
      blobs.push({ kind: "ellipsoid", tissue, centre, radii });
    }
  }
  return blobs;
}

/** About how far a point lies outside a structure, in mm; negative inside. */
function distanceTo(structure: Ellipsoid | Tube, [x, y, z]: Triple): number {
  if (structure.kind === "tube") return distanceToCurve(structure.points, x, y, z) - structure.radius;
  const { centre, radii } = structure;
  const length = Math.hypot((x - centre[0]) / radii[0], (y - centre[1]) / radii[1], (z - centre[2]) / radii[2]);
  return (length - 1) * Math.min(...radii);
}

/** The distance from a point to a chain of segments. */
export function distanceToCurve(points: readonly Triple[], x: number, y: number, z: number): number {
  let best = Infinity;
  for (let i = 0; i + 1 < points.length; i++) {
    const a = points[i];
    const b = points[i + 1];
    const ux = b[0] - a[0];
    const uy = b[1] - a[1];
    const uz = b[2] - a[2];
    const along = ((x - a[0]) * ux + (y - a[1]) * uy + (z - a[2]) * uz) / (ux * ux + uy * uy + uz * uz);
    const t = along < 0 ? 0 : along > 1 ? 1 : along;
    const dx = x - a[0] - t * ux;
    const dy = y - a[1] - t * uy;
    const dz = z - a[2] - t * uz;
    const squared = dx * dx + dy * dy + dz * dz;
    if (squared < best) best = squared;
  }
  return Math.sqrt(best);
}

/** A Catmull-Rom curve through the points, as a chain of short segments. */
function smoothCurve(points: readonly Triple[], pieces = 3): Triple[] {
  const curve: Triple[] = [];
  for (let i = 0; i + 1 < points.length; i++) {
    const [p0, p1, p2, p3] = [points[i - 1] ?? points[i], points[i], points[i + 1], points[i + 2] ?? points[i + 1]];
    for (let piece = 0; piece < pieces; piece++) {
      const t = piece / pieces;
      const at = (axis: number) =>
        0.5 * (2 * p1[axis] + (p2[axis] - p0[axis]) * t +
          (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t * t +
          (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t * t * t);
      curve.push([at(0), at(1), at(2)]);
    }
  }
  curve.push(points[points.length - 1]);
  return curve;
}
