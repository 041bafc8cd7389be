import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { evaluateCommand } from "../../scripts/evaluate/main.ts";
import { describeError, UsageError } from "../../src/cli/command.ts";
import { UserError } from "../../src/core/errors.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { withFolder } from "../data/_files.ts";

const PROTOCOL = {
  data: { voxels: 4096 },
  network: { baseFilters: 4, levels: 2, patchVoxels: 2048 },
  split: { folds: 2, probe: 1, tested: 2 },
  schedule: { rounds: 1, stepsPerRound: 2 },
  fineTune: { steps: 2, rounds: 2 },
};

Deno.test("a bad command line is refused in one sentence, before a folder is made", () =>
  withFolder(async (directory) => {
    const [dataset, protocol] = ["data", "protocol.json"].map((name) => join(directory, name));
    await writePhantomCohort(dataset, { seed: 1, sites: 3, casesPerSite: 6 });
    await Deno.writeTextFile(protocol, JSON.stringify(PROTOCOL));
    const engine = ["--engine", "wasm", "--threads", "1", "--folds", "1", "--parallel", "1"];
    const args = ["--dataset", dataset, "--protocol", protocol, "--out", join(directory, "out"), ...engine];
    for (
      const [flags, code, message] of [
        [["--dataset", "", "--out", "x"], 2, "--dataset needs a value"],
        [["--out", "x"], 2, "the flag --dataset is needed"],
        [[...args, "--methods", "fc"], 2, "the flag --methods must be one of scratch, fcl"],
        [[...args, "--folds", "3"], 2, "the flag --folds must be at most the protocol's 2, got 3"],
        [[...args, "--sites", "quantity", "--alpha", "0"], 2, "the flag --alpha must be a number above 0, got 0"],
        [[...args, "--alpha", "1"], 2, "the flag --alpha is for sites that --sites makes"],
        [[...args, "--protocol", "paper-x"], 2, "the flag --protocol must be one of "],
        [[...args, "--labelled", "1,3"], 2, "the flag --labelled must be at most what each site has to train on, 2"],
        [
          [...args, "--labelled", "1", "--against", "moco"],
          2,
          "the flag --against must be one of scratch, local, fcl, got moco",
        ],
        [
          [...args, "--mode", "alone"],
          2,
          "the flag --mode must be one of local, federated, central, pooled, got alone",
        ],
        [[...args, "--protocol", join(directory, "no.json")], 1, "no.json"],
        [[...args, "--dataset", join(directory, "absent")], 1, "absent"],
        [[...args, "--development"], 1, "needs a labelled subject for each of 2 folds"],
      ] as const
    ) {
      const error = await assertRejects(() => evaluateCommand.run(flags), UserError);
      assertEquals(error instanceof UsageError ? 2 : 1, code, error.message);
      assertMatch(describeError(error), /^error: .*$/);
      assertStringIncludes(error.message, message);
    }
    await Deno.remove(join(dataset, "sites.tsv"));
    await assertRejects(() => evaluateCommand.run(args), UsageError, "the flag --sites must make sites");
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), ["data", "protocol.json"]);
  }));
