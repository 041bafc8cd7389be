/** Who is answered what. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { parse } from "node-html-parser";
import { parseNifti, readVolume } from "../../src/data/formats/read.ts";
import { answer, newToken, routesOf } from "../../src/viewer/routes.ts";
import type { Show } from "../../src/viewer/show.ts";
import { withFolder } from "../data/_files.ts";
import { writeVolume } from "./_files.ts";

const NASTY = `"><script>alert(1)</script>`;

function shown(image: string, truth: string): Show {
  const overlays = [{ kind: "truth", name: NASTY, path: truth } as const];
  const one = { id: NASTY, image, frame: 0, overlays, remarks: [NASTY] };
  return { title: NASTY, labels: new Map([[2, "core"], [1, "shell"]]), cases: [one, { ...one, id: "again" }] };
}

const PORT = 4000;

/** Asks as a browser would, for paths as they are, not as URLs would normalise them. */
function asker(show: Show, token = "secret") {
  const routes = routesOf(show, { token, niivue: "export {};" });
  return (path: string, { method = "GET", host = `127.0.0.1:${PORT}` } = {}) =>
    answer({ method, url: `http://127.0.0.1:${PORT}${path}`, headers: new Headers({ host }) }, routes, PORT);
}

Deno.test("tokens are 128 bits and differ", () => {
  const tokens = Array.from({ length: 50 }, newToken);
  for (const token of tokens) assertMatch(token, /^[0-9a-f]{32}$/);
  assertEquals(new Set(tokens).size, 50);
});

Deno.test("the listed files are served below the token, each once, and nothing else is", () =>
  withFolder(async (directory) => {
    const image = await writeVolume(`${directory}/image.nii`);
    const truth = await writeVolume(`${directory}/truth.nii`);
    const ask = asker(shown(image, truth));
    const text = await (await ask("/secret/show.json")).json();
    assertEquals(text.cases.map((one: { image: string }) => one.image), ["files/0.nii", "files/0.nii"]);
    assertEquals(text.labels.map(({ name }: { name: string }) => name), ["shell", "core"]);
    assertNotEquals(text.labels[0].colour, text.labels[1].colour);
    const file = await ask("/secret/files/1.nii");
    assertEquals(new Uint8Array(await file.arrayBuffer()), await Deno.readFile(truth));
    const head = await ask("/secret/files/0.nii", { method: "HEAD" });
    assertEquals([head.body, head.headers.get("content-length")], [null, String((await Deno.stat(image)).size)]);
    const elsewhere = [
      ...["/", "/secret", "/Secret/", "/wrong/", "/wrong/files/0.nii", "/secret/files/2.nii", "/secret/files/"],
      ...["/secret/files/../../../../etc/passwd", "/secret/files/%2e%2e/%2e%2e/etc/passwd", `/secret/${image}`],
      ...["/secret//viewer.js", "/secret/files/0.nii/..%2f1.nii", "/secret/show.json%00"],
    ];
    for (const path of elsewhere) assertEquals((await ask(path)).status, 404, path);
    await Deno.remove(truth);
    assertEquals((await ask("/secret/files/1.nii")).status, 404);
  }));

Deno.test("a volume of another format is served as NIfTI, in the same place", () =>
  withFolder(async (directory) => {
    const fixtures = fromFileUrl(new URL("../data", import.meta.url));
    const series = `${fixtures}/dicom/fixtures/implicit/IM0001.dcm`;
    for (const path of [`${fixtures}/formats/fixtures/packed.nrrd`, series]) {
      const ask = asker(shown(path, await writeVolume(`${directory}/truth.nii`)));
      const bytes = new Uint8Array(await (await ask("/secret/files/0.nii")).arrayBuffer());
      const [served, own] = [parseNifti(bytes, { where: "served" }), await readVolume(path)];
      assertEquals([served.data, served.dims], [own.data, own.dims]);
      served.affine.flat().forEach((value, i) => assertAlmostEquals(value, own.affine.flat()[i], 1e-4));
      assertEquals((await ask("/secret/files/0.nii", { method: "HEAD" })).status, 200);
    }
    const gone = asker(shown(`${directory}/gone.mha`, `${directory}/gone.nii`));
    assertEquals((await gone("/secret/files/0.nii")).status, 404);
  }));

Deno.test("other hosts are refused, whose names may have been made to lead here, and so are other methods", async () => {
  const ask = asker(shown("a.nii", "b.nii"));
  assertEquals((await ask("/secret/", { host: `localhost:${PORT}` })).status, 200);
  for (const host of ["evil.example", `evil.example:${PORT}`, "127.0.0.1", `127.0.0.1:${PORT + 1}`, ""]) {
    assertEquals((await ask("/secret/", { host })).status, 403, host);
  }
  assertEquals((await ask("/secret/", { method: "POST" })).status, 405);
});

Deno.test("every answer forbids whatever is not from this server, and the page needs nothing that is forbidden", async () => {
  const ask = asker(shown("a.nii", "b.nii"));
  for (const path of ["/secret/", "/secret/viewer.js", "/secret/niivue.js", "/secret/viewer.css", "/nowhere"]) {
    const { headers } = await ask(path);
    const policy = headers.get("content-security-policy")!;
    assertMatch(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert(!/unsafe|\*|https?:/.test(policy), policy);
    assertEquals([headers.get("referrer-policy"), headers.get("x-content-type-options")], ["no-referrer", "nosniff"]);
    await (await ask(path)).body?.cancel();
  }
  const page = await (await ask("/secret/")).text();
  const root = parse(page);
  assertEquals(root.querySelectorAll("style, [style], [onclick], script:not([src])").length, 0);
  assertEquals(root.querySelector("option")!.text, NASTY);
  assertEquals(root.querySelectorAll("script").map((script) => script.getAttribute("src")), ["viewer.js"]);
  for (
    const text of [page, await (await ask("/secret/viewer.js")).text(), await (await ask("/secret/viewer.css")).text()]
  ) {
    assert(!/https?:\/\/|@import|url\(/.test(text));
  }
  assertStringIncludes(page, "previous case");
});
