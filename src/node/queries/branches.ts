/** One who is asked, and those to whom it passes the question on. */
export interface Branch {
  readonly head: string;
  readonly rest: readonly string[];
}

/** Splits names into at most `fanoutCount` branches of nearly the same size. */
export function branchesOf(names: readonly string[], fanoutCount: number): Branch[] {
  const count = Math.min(names.length, Math.max(1, fanoutCount));
  const branches: Branch[] = [];
  for (let i = 0; i < count; i += 1) {
    const from = Math.floor((i * names.length) / count);
    const to = Math.floor(((i + 1) * names.length) / count);
    const [head, ...rest] = names.slice(from, to);
    if (head !== undefined) branches.push({ head, rest });
  }
  return branches;
}
