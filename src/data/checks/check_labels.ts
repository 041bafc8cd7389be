/**
 * All checks that need the voxels of label files: their values, and which structures they hold. A file is read after
 * another, each once.
 *
 * @module
 */
import type { CaseReference, Dataset, LabelScheme } from "../datasets/dataset.ts";
import { readLabels } from "../labels/read.ts";
import type { Checked } from "./check_cases.ts";
import { type CaseStructures, checkStructures } from "./structures.ts";

/** The cases of one site whose labels are used; those without a label file are passed over. */
export interface LabelUse {
  /** For messages. */
  readonly name?: string;
  /** To fine-tune with. */
  readonly labelled: readonly CaseReference[];
  /** To test on. */
  readonly test: readonly CaseReference[];
}

/** Options of {@linkcode checkLabels}. */
export interface CheckLabelsOptions {
  /** Whether sites fine-tune together, so that one may learn of the others what it has not itself. @default false */
  together?: boolean;
  /** Whether there are no other sites than these. @default false */
  all?: boolean;
  /** Told how many label files are read. */
  onProgress?: (progress: { step: number; steps: number }) => void;
  /** Ends it between two files. */
  signal?: AbortSignal;
}

/**
 * Reads every label file that the sites use, and checks what it holds. The dataset's other label files are looked at
 * only where none of these holds a structure, until one does: then the sites were unlucky, and no label is wrong.
 *
 * @throws {UserError} for the first file that cannot be read or holds a value that is none of the dataset's, and as
 * {@linkcode checkStructures}.
 */
export async function checkLabels(
  sites: readonly LabelUse[],
  dataset: LabelScheme & Pick<Dataset, "cases">,
  options: CheckLabelsOptions = {},
): Promise<Checked> {
  const { together = false, all = false, onProgress, signal } = options;
  const files = new Set(sites.flatMap(({ labelled, test }) => [...labelled, ...test]).flatMap(labelOf));
  const found = new Map<string, ReadonlySet<number>>();
  for (const path of files) {
    signal?.throwIfAborted();
    found.set(path, await structuresIn(path, dataset, signal));
    onProgress?.({ step: found.size, steps: files.size });
  }
  const holdsAny = async () => {
    const others = dataset.cases.flatMap(labelOf).filter((path) => !files.has(path));
    for (const path of others) if ((await structuresIn(path, dataset, signal)).size > 0) return true;
    return false;
  };
  const areEmpty = found.size > 0 && [...found.values()].every(({ size }) => size === 0);
  const withStructures = (cases: readonly CaseReference[]): CaseStructures[] =>
    cases.flatMap((reference) =>
      labelOf(reference).map((label) => ({ id: reference.id, label, structures: found.get(label)! }))
    );
  return {
    warnings: checkStructures(
      sites.map((site) => ({ ...site, labelled: withStructures(site.labelled), test: withStructures(site.test) })),
      dataset,
      { elsewhere: areEmpty ? (together && !all) || await holdsAny() : together },
    ),
  };
}

function labelOf({ label }: CaseReference): string[] {
  return label === undefined ? [] : [label];
}

/** The structures that a label file holds, by their values. */
async function structuresIn(path: string, scheme: LabelScheme, signal?: AbortSignal): Promise<Set<number>> {
  const { data } = await readLabels(path, scheme, { signal, ignored: "background" });
  const structures = new Set<number>();
  let last = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== last) structures.add(last = data[i]);
  structures.delete(0);
  return structures;
}
