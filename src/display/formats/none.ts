/** What stands where there is no figure. */
export const NONE = "–";
