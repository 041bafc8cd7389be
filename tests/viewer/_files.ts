/** Small volumes for the viewer's tests. */
import { dirname } from "@std/path";
import { type HandMade, handMadeFile } from "../data/_files.ts";

/** Writes a volume of bytes, all `value` but a darker border; `x` is where its first voxel lies. */
export async function writeVolume(
  path: string,
  { dims = [6, 5, 4], value = 1, x = 0, spec = {} }: {
    dims?: number[];
    value?: number;
    x?: number;
    spec?: Partial<HandMade>;
  } = {},
): Promise<string> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const [width, height] = dims;
  const isInside = (i: number) => i % width > 0 && Math.floor(i / width) % height > 0;
  const file = handMadeFile({
    ...{ dims, code: 2, bytesPerVoxel: 1, sformCode: 1, srow: [[1, 0, 0, x], [0, 1, 0, 0], [0, 0, 1, 0]] },
    put: (view, offset, i) => view.setUint8(offset, isInside(i) ? value : 0),
    ...spec,
  });
  await Deno.writeFile(path, file);
  return path;
}

/** Writes a data set of cases a and b, with labels, and results that predict both. */
export async function writeResults(directory: string): Promise<{ data: string; results: string }> {
  const [data, results] = [`${directory}/data`, `${directory}/results`];
  const training = [];
  for (const id of ["a", "b"]) {
    await writeVolume(`${data}/imagesTr/${id}.nii`, { value: 200 });
    await writeVolume(`${data}/labelsTr/${id}.nii`, { value: 2 });
    for (const method of ["pretrained", "scratch"]) await writeVolume(`${results}/predictions/${method}/${id}.nii`);
    training.push({ image: `./imagesTr/${id}.nii`, label: `./labelsTr/${id}.nii` });
  }
  const labels = { 0: "background", 1: "shell", 2: "core" };
  const description = { name: "Hearts", modality: { 0: "MR" }, labels, numTraining: 2, training, test: [] };
  await Deno.writeTextFile(`${data}/dataset.json`, JSON.stringify(description));
  await Deno.writeTextFile(`${results}/site.json`, JSON.stringify({ dataset: { directory: data } }));
  return { data, results };
}
