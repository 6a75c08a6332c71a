/**
 * Whether a command printed what a page shows of it. Numbers, dates and long names differ from run
 * to run and machine to machine; `…` stands for the rest of a line, alone for any lines.
 */
export function isAsShown(shown: string, printed: string): boolean {
  return matches(linesOf(shown), linesOf(printed));
}

function linesOf(text: string): string[] {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => (line.trim() === "…" ? "…" : likeAny(line)));
}

function likeAny(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{16,}/gi, "<name>")
    .replaceAll(/\d+(?:[.,]\d+)*(?:e[+-]?\d+)?/g, "0")
    .replaceAll(/\b0 ?(?:ns|µs|ms|s|min|m|h)\b/g, "0 s")
    .replaceAll(/\b0[KMGT]?(?= |$)/g, "0")
    .replaceAll(/[─-]{2,}/g, "-")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function matches(shown: readonly string[], printed: readonly string[]): boolean {
  const [first, ...others] = shown;
  if (first === undefined) return printed.length === 0;
  if (first === "…") {
    return printed.some((_, at) => matches(others, printed.slice(at))) || others.length === 0;
  }
  const [line, ...rest] = printed;
  return line !== undefined && isLike(first, line) && matches(others, rest);
}

function isLike(shown: string, line: string): boolean {
  const [start = "", end] = shown.split("…", 2);
  if (end === undefined) return shown === line;
  return line.startsWith(start.trimEnd()) && line.endsWith(end.trimStart());
}
