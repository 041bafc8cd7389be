/**
 * A topology of one's own: a torus. Members lie on a grid as near to a square as their number allows, and each mixes
 * with the ones left, right, above and below, around the edges; a prime number of members makes a ring.
 *
 * How to run it: see README.md beside this file. In a configuration: `"mesh": { "averaging": { "topology": "torus" } }`.
 *
 * @module
 */
import { checkMembers, checkRound, type Edge, planOfEdges, topologies, type Topology } from "../../mod.ts";

/** Rows of the grid: the largest divisor up to the square root. */
function rowsOf(members: number): number {
  let rows = Math.floor(Math.sqrt(members));
  while (members % rows !== 0) rows--;
  return rows;
}

/** Each neighbour once: with two in a row, the one to the left is the one to the right. */
function neighboursOf(member: number, members: number): Set<number> {
  const rows = rowsOf(members), columns = members / rows;
  const row = Math.floor(member / columns), column = member % columns;
  const at = (row: number, column: number) => (row + rows) % rows * columns + (column + columns) % columns;
  const around = [at(row - 1, column), at(row + 1, column), at(row, column - 1), at(row, column + 1)];
  return new Set(around.filter((neighbour) => neighbour !== member));
}

/** The grid that is closed around its edges; every neighbour counts as much as oneself. */
export const torus: Topology = {
  name: "torus",
  links: "two-way",
  plansOver: "members",
  plan(members, { round }) {
    checkMembers(members);
    checkRound(round); // the plan is the same in every round
    const edges: Edge[] = [];
    for (let member = 0; member < members; member++) {
      const neighbours = neighboursOf(member, members);
      for (const other of neighbours) if (other > member) edges.push([member, other, 1 / (neighbours.size + 1)]);
    }
    return planOfEdges(members, edges); // symmetric and doubly stochastic: all have as many neighbours
  },
  period: (members) => members === 1 ? 0 : members <= 3 ? 1 : undefined,
  partners(members) {
    const { size } = neighboursOf(0, members);
    return { least: size, most: size };
  },
};

topologies.register(torus);
