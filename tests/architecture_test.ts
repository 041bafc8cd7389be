/** Holds the rule of ARCHITECTURE.md: which room of src/ may import which. */
import { assert, assertEquals } from "@std/assert";
import { basename, dirname, fromFileUrl, join, relative } from "@std/path";

const REPOSITORY = fromFileUrl(new URL("..", import.meta.url));
const SOURCE = join(REPOSITORY, "src");

/** Room -> the rooms it may import from, beside itself. */
const ALLOWED: Record<string, readonly string[]> = {
  core: [],
  display: ["core"],
  data: ["core"],
  engine: ["core"],
  mesh: ["core"],
  model: ["core", "engine"],
  pretraining: ["core", "data", "engine", "model"],
  segmentation: ["core", "data", "engine", "model"],
  models: ["core", "data", "display", "model"],
  scoring: ["core", "data", "display", "segmentation"],
  prediction: ["core", "data", "engine", "model", "models", "segmentation"],
  exporting: ["core", "display", "model", "models"],
  viewer: ["core", "data", "display"],
  planning: ["core", "data", "model", "pretraining", "segmentation"],
  settings: ["core", "data", "engine", "mesh", "model", "pretraining", "segmentation"],
  peer: [
    "core",
    "data",
    "display",
    "engine",
    "mesh",
    "model",
    "models",
    "planning",
    "pretraining",
    "segmentation",
    "settings",
  ],
  live: ["core", "display", "mesh", "peer", "settings"],
  studies: [
    "core",
    "data",
    "display",
    "engine",
    "mesh",
    "model",
    "models",
    "planning",
    "pretraining",
    "segmentation",
    "settings",
    "peer",
  ],
  telemetry: ["core", "display", "mesh", "peer", "settings"],
  finetuning: [
    "core",
    "data",
    "display",
    "model",
    "models",
    "prediction",
    "scoring",
    "segmentation",
    "settings",
    "planning",
    "peer",
  ],
  evaluation: [
    "core",
    "data",
    "display",
    "mesh",
    "model",
    "planning",
    "pretraining",
    "segmentation",
    "settings",
    "peer",
    "studies",
  ],
  comparing: ["core", "display", "evaluation", "models", "peer", "scoring", "segmentation"],
  cli: [
    "core",
    "data",
    "display",
    "engine",
    "model",
    "models",
    "planning",
    "pretraining",
    "segmentation",
    "mesh",
    "settings",
    "peer",
    "prediction",
    "exporting",
    "finetuning",
    "studies",
    "evaluation",
    "scoring",
    "comparing",
    "viewer",
    "telemetry",
    "live",
  ],
};

/** Room of src/mesh -> the rooms of src/mesh it may import from; the files beside them may import from all. */
const MESH: Record<string, readonly string[]> = {
  protocols: [],
  envelope: [],
  heads: ["protocols"],
  anchors: ["envelope", "protocols"],
  plans: ["envelope", "protocols"],
  charter: ["envelope", "protocols"],
  averaging: ["protocols"],
  features: ["envelope", "heads", "protocols"],
  admission: ["charter", "protocols"],
  finding: ["admission", "protocols"],
  connections: ["admission", "charter", "envelope", "finding", "protocols"],
};

interface Import {
  from: string;
  to: string;
}

async function* sourceFiles(directory: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) yield* sourceFiles(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** All imports in `directory`, types and those that are loaded later among them, with paths from there. */
async function relativeImports(directory = SOURCE): Promise<Import[]> {
  const imports: Import[] = [];
  for await (const file of sourceFiles(directory)) {
    const text = (await Deno.readTextFile(file)).replaceAll(/\/\*[\s\S]*?\*\//g, "");
    for (const [, specifier] of text.matchAll(/(?:from|import|resolve\()\s*\(?"(\.[^"]+)"/g)) {
      imports.push({ from: relative(directory, file), to: relative(directory, join(dirname(file), specifier)) });
    }
  }
  return imports;
}

/** The imports that lie on circles of files, or between two circles: what neither leads out nor in. */
function circlesOf(imports: readonly Import[]): readonly Import[] {
  const [importing, imported] = [new Set(imports.map(({ from }) => from)), new Set(imports.map(({ to }) => to))];
  const left = imports.filter(({ from, to }) => importing.has(to) && imported.has(from));
  return left.length === imports.length ? left : circlesOf(left);
}

const room = (path: string) => path.split("/")[0];

Deno.test("every room imports only from the rooms it may", async () => {
  const imports = await relativeImports();
  assert(imports.length > 0);
  const broken = imports.filter(({ from, to }) =>
    !to.startsWith("..") && room(from) !== room(to) && !(ALLOWED[room(from)] ?? []).includes(room(to))
  );
  assertEquals(broken, []);
});

Deno.test("every room of the mesh imports only from the rooms of the mesh it may", async () => {
  const inMesh = (await relativeImports()).filter(({ from, to }) => from.startsWith("mesh/") && to.startsWith("mesh/"))
    .map(({ from, to }) => ({ from: from.slice("mesh/".length), to: to.slice("mesh/".length) }));
  const broken = inMesh.filter(({ from, to }) =>
    from.includes("/") && room(from) !== room(to) && !MESH[room(from)]?.includes(room(to))
  );
  assertEquals(broken, []);
  assertEquals(
    new Set(inMesh.map(({ from }) => room(from)).filter((name) => !name.endsWith(".ts"))),
    new Set(Object.keys(MESH)),
  );
});

Deno.test("no file imports its own or a parent folder's mod.ts", async () => {
  const broken = (await relativeImports()).filter(({ from, to }) =>
    to.endsWith("mod.ts") && !relative(dirname(to), from).startsWith("..")
  );
  assertEquals(broken, []);
});

Deno.test("no files import each other in a circle, types neither", async () => {
  const rooms = await Promise.all(["src", "scripts", "peers"].map(async (name) => {
    const imports = await relativeImports(join(REPOSITORY, name));
    return imports.map(({ from, to }) => ({ from: join(name, from), to: join(name, to) }));
  }));
  assertEquals(circlesOf(rooms.flat()), []);
});

Deno.test("a file whose name begins with _ is imported from its own folder and below only", async () => {
  const isWithin = (path: string, folder: string) => folder === "." || path === folder || path.startsWith(`${folder}/`);
  for (const directory of ["src", "scripts", "peers"]) {
    const broken = (await relativeImports(join(REPOSITORY, directory))).filter(({ from, to }) =>
      basename(to).startsWith("_") && !isWithin(dirname(from), dirname(to))
    );
    assertEquals(broken, [], directory);
  }
});

Deno.test("the mesh takes time and chance from core/world.ts only, so that a test can put it into a world of its own", async () => {
  const own =
    /\b(setTimeout|setInterval|Date\.now|performance\.now|getRandomValues|randomUUID|Math\.random|AbortSignal\.timeout)\b/;
  const found: string[] = [];
  for (const file of [...await Array.fromAsync(sourceFiles(join(SOURCE, "mesh"))), join(SOURCE, "core/deadline.ts")]) {
    // what this file simulates has no network, and its seconds are those of this machine
    if (file.includes("/averaging/simulation/")) continue;
    const match = own.exec(await Deno.readTextFile(file));
    if (match) found.push(`${relative(SOURCE, file)}: ${match[0]}`);
  }
  assertEquals(found, []);
});
