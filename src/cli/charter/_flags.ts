/** What the commands of `charter` have in common on the command line. */
import { integer, needed, path, toggle } from "../flags/mod.ts";
import { state } from "../flags/shared.ts";

/** The charter that a command reads, and writes where it changes it. */
export const charterFile = needed(path("CHARTER", "the charter's file"));

/** Join requests. */
export const request = path("REQUEST", "a site's join request, which charter join makes");

/** For commands that sign. */
export const signing = {
  state: needed(state),
  again: toggle("sign although this site has signed another version of this number"),
};

/** How many must sign. */
export const members = (does: string) => integer("M", does, { from: 1 });
