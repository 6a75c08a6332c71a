/** The name among `names` that `text` may have been meant to be; undefined when none is near. */
export function nearestName(text: string, names: Iterable<string>): string | undefined {
  // Two letters that changed places are two changes.
  const limit = Math.max(2, Math.floor(text.length / 3));
  let nearest: string | undefined;
  let nearestChanges = limit + 1;
  for (const name of names) {
    const changes = changesBetween(text.toLowerCase(), name.toLowerCase());
    if (changes >= nearestChanges) continue;
    nearest = name;
    nearestChanges = changes;
  }
  return nearest;
}

/** How many letters must be put in, taken out or replaced. [Wagner and Fischer 1974] */
function changesBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const removed = (above[column] ?? 0) + 1;
      const added = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    above = current;
  }
  return above[to.length] ?? 0;
}
