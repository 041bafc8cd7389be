import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../../src/core/errors.ts";
import { openDataset } from "../../../../src/data/datasets/registry.ts";
import { withFolder } from "../../_files.ts";
import { lay, NNUNET, volumes } from "../_lay.ts";

/** Four cases, in the ways of nnU-Net; tables are laid beside. */
const CASES = {
  ...volumes(...["a", "b", "c", "d"].map((id) => `imagesTr/case_${id}_0000.nii`)),
  ...volumes(...["a", "b", "c", "d"].map((id) => `labelsTr/case_${id}.nii`)),
  "dataset.json": { ...NNUNET, numTraining: 4 },
};

/** A table of the four cases, two of them one person's. */
const table = (header: string, name: (id: string) => string, separator = "\t") =>
  [header, ...["a", "b", "c", "d"].map((id, i) => `${name(id)}${separator}P${Math.floor(i / 2)}`), ""].join("\n");
const plain = table("case\tsubject", (id) => `case_${id}`);

async function originsOf(files: Record<string, unknown>): Promise<[subject: string, site?: string][]> {
  let origins: [string, string?][] = [];
  await withFolder(async (directory) => {
    await lay(directory, { ...CASES, ...files });
    origins = (await openDataset(directory)).cases.map(({ subject, site }) =>
      [subject, ...(site ? [site] : [])] as const
    )
      .map((each) => [...each] as [string, string?]);
  });
  return origins;
}

const TWO_PERSONS = [["P0"], ["P0"], ["P1"], ["P1"]];

/** How the same table may be written. */
const UNDERSTOOD: [string, Record<string, unknown>][] = [
  ["plainly", { "subjects.tsv": plain }],
  ["with the files' endings", { "subjects.tsv": table("case\tsubject", (id) => `case_${id}.nii.gz`) }],
  ["with paths", { "subjects.tsv": table("case\tsubject", (id) => `./imagesTr/case_${id}_0000.nii`) }],
  ["with Windows' paths", { "subjects.tsv": table("case\tsubject", (id) => `imagesTr\\case_${id}.nii`) }],
  ["in quotes", { "subjects.tsv": table('"case"\t"subject"', (id) => `"case_${id}"`) }],
  ["in capitals", { "subjects.tsv": table("Case\tSubject", (id) => `CASE_${id}`) }],
  ["with other words", { "subjects.tsv": table("Case ID\tpatient_id", (id) => `case_${id}`) }],
  ["with a byte order mark and Windows' line ends", {
    "subjects.tsv": `\uFEFF${plain.replaceAll("\n", "\r\n")}\r\n\r\n`,
  }],
  ["with empty columns at the end", { "subjects.tsv": plain.replaceAll("\n", "\t\t\n") }],
  ["between semicolons", { "subjects.csv": table("case;subject", (id) => `case_${id}`, ";") }],
  ["between commas, in a file of another name's capitals", {
    "Subjects.CSV": table("case,subject", (id) => `"case_${id}"`, ","),
  }],
  ["in a file that somebody called otherwise", { "patients.tsv": plain }],
  ["beside a table of somebody's own", { "subjects.tsv.txt": plain, "patients.csv": "patient;age\nX;9\n" }],
  ["with a case of imagesTs", { ...volumes("imagesTs/t_0000.nii"), "subjects.tsv": `${plain}t\tP9\n` }],
  ["by the persons' names", {
    "participants.tsv": "participant_id\tage\nP0\t9\nP1\t8\n",
    "subjects.tsv": plain,
  }],
];

for (const [how, files] of UNDERSTOOD) {
  Deno.test(`a table is understood that is written ${how}`, async () => {
    assertEquals(await originsOf(files), TWO_PERSONS as [string][]);
  });
}

Deno.test("a person's name in two Unicode forms is one person's", async () => {
  const written = plain.replaceAll("P0", "M\u00fc").replace("M\u00fc", "Mu\u0308");
  assertEquals((await originsOf({ "subjects.tsv": written })).slice(0, 2), [["M\u00fc"], ["M\u00fc"]]);
});

Deno.test("a row may name all cases of a folder", async () => {
  await withFolder(async (directory) => {
    await lay(directory, {
      ...volumes("p/t1.nii", "p/t2.nii", "q/t1.nii"),
      "subjects.tsv": "case\tsubject\np\tX\nq\tX\n",
    });
    assertEquals((await openDataset(directory)).cases.map(({ subject }) => subject), ["X", "X", "X"]);
  });
});

Deno.test("sites are read by case or by person, whatever the column's capitals", async () => {
  const both = [["P0", "north"], ["P0", "north"], ["P1", "south"], ["P1", "south"]] as [string, string][];
  const bySite = plain.replaceAll("P0", "north").replaceAll("P1", "south").replace("subject", "Site");
  assertEquals(await originsOf({ "subjects.tsv": plain, "sites.tsv": bySite }), both);
  assertEquals(
    await originsOf({ "subjects.tsv": plain, "sites.tsv": "Patient\tHospital\nP1\tsouth\nP0\tnorth\n" }),
    both,
  );
});

Deno.test("a column with the documentation's name counts before others that could mean the same", async () => {
  const header = "case\tsubject\tpatient_id";
  const rows = ["a", "b", "c", "d"].map((id, i) => `case_${id}\tP${Math.floor(i / 2)}\tx${i}`);
  assertEquals(await originsOf({ "subjects.tsv": [header, ...rows].join("\n") }), TWO_PERSONS as [string][]);
});

/** Tables that are refused, and what the one sentence must say. */
const REFUSED: [string, Record<string, unknown>, string[]][] = [
  ["a row that names no case", { "subjects.tsv": `${plain}case_e\tP2\n` }, [
    "must name one case of the dataset",
    'subjects.tsv:6: case "case_e"',
  ]],
  ["a case that no row names", { "subjects.tsv": plain.replace("case_b\tP0\n", "") }, [
    "every case must have a row that names its subject",
    "subjects.tsv: case_b",
  ]],
  ["a row without a person", { "subjects.tsv": plain.replace("b\tP0", "b\t") }, [
    "must name a subject",
    'subjects.tsv:3: subject ""',
  ]],
  ["a row whose site nobody knows", { "sites.tsv": plain.replace("subject", "site").replace("b\tP0", "b\tn/a") }, [
    'sites.tsv:3: site "n/a"',
  ]],
  ["a case that two rows give to two persons", { "subjects.tsv": `${plain}case_a\tP1\n` }, [
    "agree on the subject of case_a",
    "subjects.tsv:6: P0 and P1",
  ]],
  ["one person in two spellings", { "subjects.tsv": plain.replace("b\tP0", "b\tp0") }, [
    "written in one way",
    "P0 and p0",
  ]],
  ["one person with zeros and without", { "subjects.tsv": plain.replaceAll(/P(.)/g, "$1").replace("a\t0", "a\t0.0") }, [
    "0.0 and 0",
  ]],
  ["cells between blanks", { "subjects.tsv": plain.replaceAll("\t", " ") }, ["parted by tabs, semicolons or commas"]],
  ["a mistyped column", { "subjects.tsv": plain.replace("subject", "subejct") }, [
    "column subejct looks like `subject`",
  ]],
  ["a column that looks like the site's", { "sites.tsv": plain.replace("subject", "site (new)") }, [
    "looks like `site`",
  ]],
  ["a column of an unknown word", { "subjects.tsv": plain.replace("subject", "Proband") }, [
    "must name a column `subject`",
  ]],
  ["two columns for the person", {
    "subjects.tsv": plain.replaceAll(/\t(.*)/g, "\t$1\t$1").replace("subject\ts", "patient\ts"),
  }, [
    "one column of the table must mean the subject",
    "patient, subject",
  ]],
  ["two columns of one name", { "subjects.tsv": plain.replaceAll(/\t(.*)/g, "\t$1\t$1") }, ["a name of its own"]],
  ["a row with too many cells", { "subjects.tsv": plain.replace("b\tP0", "b\tP0\tx") }, ["must have 2 columns"]],
  ["a table without rows' names", { "subjects.tsv": "1\tP0\n2\tP0\n" }, ["must name a column `case`"]],
  ["a table that is empty", { "subjects.tsv": "" }, ["must name a column `case`"]],
  ["a spreadsheet", { "subjects.xlsx": "PK" }, ["save the spreadsheet as .tsv", "subjects.xlsx"]],
  ["a person without a case", { "participants.tsv": "participant_id\nP0\nP1\nP2\n", "subjects.tsv": plain }, [
    "must name a person with cases",
    'participants.tsv:4: participant_id "P2"',
  ]],
  ["a table in Latin-1", { "subjects.tsv": Uint8Array.of(0x63, 0x61, 0x73, 0x65, 0x0a, 0xfc) }, [
    "must be text in UTF-8",
  ]],
];

for (const [what, files, parts] of REFUSED) {
  Deno.test(`${what}: one sentence with table, line and cell`, async () => {
    await withFolder(async (directory) => {
      await lay(directory, { ...CASES, ...files });
      const { message } = await assertRejects(() => openDataset(directory), UserError);
      for (const part of parts) assert(message.includes(part), `"${message}" does not say "${part}"`);
    });
  });
}
