/** What a command that adds a version or a signature ends with. */
import type { Charter } from "../../mesh/charter/charter.ts";
import { readCharterFile } from "../../mesh/charter/file.ts";
import { writeCharter } from "./_files.ts";
import { describePending } from "./_text.ts";

/** Writes the versions, reads them back, which verifies them, and says where they stand. */
export async function conclude(path: string, versions: readonly Charter[]): Promise<void> {
  await writeCharter(path, versions);
  const { chain, pending } = await readCharterFile(path);
  if (pending) {
    console.log((await describePending(pending, chain?.newest)).join("\n"));
    console.log(`${path}: send it to the other members, who look at it (charter show) and sign it (charter approve)`);
  } else {console.log(
      `${path}: version ${chain!.version} is in force; a running peer whose file this is takes it and passes it on`,
    );}
}
