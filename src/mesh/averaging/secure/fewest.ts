/** The fewest members of a sum: of two, each would know the other's part by subtraction. */
export const FEWEST = 3;
