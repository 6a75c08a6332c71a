/**
 * The order of rows that somebody is in: who is known keeps its place, for a row that moves loses
 * the focus that is in it; who comes is added, who went is left out.
 */
export function heldOrder(before: readonly string[], wanted: readonly string[]): string[] {
  const isWanted = new Set(wanted);
  const kept = before.filter((name) => isWanted.has(name));
  const isKept = new Set(kept);
  return [...kept, ...wanted.filter((name) => !isKept.has(name))];
}
