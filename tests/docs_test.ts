/** What the pages say of the repository is there: links, files, tasks. */
import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join, normalize } from "@std/path";
import deno from "../deno.json" with { type: "json" };

const ROOT = fromFileUrl(new URL("..", import.meta.url));

async function pages(): Promise<Map<string, string>> {
  const names = ["README.md", "ARCHITECTURE.md", "scripts/evaluate/README.md", "scripts/examples/README.md"];
  for await (const { name } of Deno.readDir(join(ROOT, "docs"))) if (name.endsWith(".md")) names.push(`docs/${name}`);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await Deno.readTextFile(join(ROOT, name))] as const)),
  );
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(join(ROOT, path)).then(() => true, () => false);
}

Deno.test("every link of the pages leads to a file of the repository", async () => {
  const broken: string[] = [];
  let links = 0;
  for (const [page, text] of await pages()) {
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|#)/.test(target)) continue;
      links++;
      const path = normalize(join(dirname(page), target.split("#")[0]));
      if (!await isThere(path)) broken.push(`${page}: ${target}`);
    }
  }
  assert(links > 20);
  assertEquals(broken, []);
});

Deno.test("every file of src, tests, scripts and peers that the pages name is there", async () => {
  const missing: string[] = [];
  for (const [page, text] of await pages()) {
    for (const [, path] of text.matchAll(/`((?:src|tests|scripts|peers|docs)\/[\w./-]*)`/g)) {
      // NAME stands for whatever is added
      if (!/\b[A-Z]{4,}\b/.test(path) && !await isThere(path)) missing.push(`${page}: ${path}`);
    }
  }
  assertEquals(missing, []);
});

Deno.test("every task that the pages call is one of deno.json", async () => {
  const unknown: string[] = [];
  for (const [page, text] of await pages()) {
    for (const [, task] of text.matchAll(/deno(?:@[\d.]+)? task ([a-z][a-z:-]*)/g)) {
      if (!Object.hasOwn(deno.tasks, task)) unknown.push(`${page}: ${task}`);
    }
  }
  assertEquals(unknown, []);
});

Deno.test("the README is at most 150 lines", async () => {
  const lines = (await Deno.readTextFile(join(ROOT, "README.md"))).split("\n").length;
  assert(lines <= 150, `it has ${lines}`);
});
