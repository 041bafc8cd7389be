/** How many there are of something: "1 peer", "3 peers". */
export function formatCount(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
