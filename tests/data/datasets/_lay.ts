/** Datasets for tests, from their files. */
import { counting } from "../_files.ts";

/** Writes files under a folder: JSON for objects, a volume of the given dims for arrays, nothing for undefined. */
export async function lay(directory: string, files: Record<string, unknown>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = `${directory}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    if (content === undefined) {
      await Deno.remove(path).catch(() => {});
      continue;
    }
    if (Array.isArray(content)) await Deno.writeFile(path, counting(content as number[]));
    else if (content instanceof Uint8Array) await Deno.writeFile(path, content);
    else await Deno.writeTextFile(path, typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** The dims of a volume that nobody looks at. */
export const SOME = [2, 2, 2];

/** Volumes by name. */
export function volumes(...names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, SOME]));
}

export const MSD = {
  name: "Test",
  labels: { "0": "background", "2": "tail", "1": "head" },
  numTraining: 2,
  training: [
    { image: "./imagesTr/a.nii", label: "./labelsTr/a.nii" },
    { image: "./imagesTr/b.nii", label: "./labelsTr/b.nii" },
  ],
};
export const PAIRS = volumes("imagesTr/a.nii", "labelsTr/a.nii", "imagesTr/b.nii", "labelsTr/b.nii");
export const NNUNET = {
  channel_names: { "0": "MR" },
  labels: { background: 0, head: 1, tail: 2 },
  numTraining: 1,
  file_ending: ".nii",
};
