import type { PathAnswer, ReachabilityAnswer } from "../../agent/routes/reachability.messages.ts";
import type { Colors } from "../cli-io.ts";
import { printable } from "../printable.ts";

/** More do not fit beside each other: then only what is wrong is shown. */
const SQUARE_MAX_COUNT = 24;

export const MATRIX_LEGEND =
  "= direct   p packets only   s streams only   > sends, gets no answer   < hears, is not heard\n" +
  "~ only by way of others   x not at all   ? not known";

type TablePrinter = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

/** The matrix as text: a square of marks, what each exception is, and who is cut off from whom. */
export function matrixText(
  answer: ReachabilityAnswer,
  { colors, table }: { readonly colors: Colors; readonly table: TablePrinter },
): string {
  const { exceptions, members } = answer;
  const parts: string[] = [];
  if (members.length <= SQUARE_MAX_COUNT) {
    parts.push(square(answer, colors, table), MATRIX_LEGEND);
  } else parts.push(`${members.length} members; only what is not direct is shown.`);
  if (exceptions.length === 0) parts.push("All paths that were tried are direct.");
  else parts.push(table(["FROM", "TO", "", "HOW", "BY WAY OF", "FOR", "TOLD"], list(exceptions)));
  for (const { cutFrom, members: side } of answer.sides) {
    if (cutFrom.length > 0) parts.push(`${names(side)}: cut off from ${names(cutFrom)}`);
  }
  for (const { peer, via } of answer.relayed) {
    parts.push(`The link to ${printable(peer)} leads by way of ${printable(via)}.`);
  }
  return parts.join("\n\n");
}

function square(answer: ReachabilityAnswer, colors: Colors, table: TablePrinter): string {
  const { exceptions, local, members, row, silent } = answer;
  const marks = new Map<string, string>();
  for (const path of [...row, ...exceptions]) marks.set(keyOf(path), markOf(path));
  const rows = members.map((from, index) => [
    String(index + 1),
    from === local ? `${printable(from)} (this agent)` : printable(from),
    ...members.map((to) => {
      if (from === to) return "";
      const mark = marks.get(keyOf({ from, to })) ?? (silent.includes(from) ? "?" : "=");
      return mark === "=" ? mark : colors.yellow(mark);
    }),
  ]);
  return table(["", "FROM \\ TO", ...members.map((_, index) => String(index + 1))], rows);
}

function list(exceptions: readonly PathAnswer[]): string[][] {
  return exceptions.map((path) => [
    printable(path.from),
    printable(path.to),
    markOf(path),
    wordsOf(path),
    path.via === undefined ? "-" : printable(path.via),
    secondsOf(path.sinceMs),
    path.ageMs === 0 ? "here" : `${secondsOf(path.ageMs)} ago`,
  ]);
}

function markOf({ kind, packets, streams }: PathAnswer): string {
  switch (kind) {
    case "direct":
      if (packets === "unanswered") return "s";
      return streams === "down" ? "p" : "=";
    case "oneWayOut":
      return ">";
    case "oneWayIn":
      return "<";
    case "indirect":
      return "~";
    case "none":
      return "x";
    case "unknown":
      return "?";
  }
}

function wordsOf(path: PathAnswer): string {
  switch (markOf(path)) {
    case "s":
      return "streams only";
    case "p":
      return "packets only";
    case ">":
      return "sends, gets no answer";
    case "<":
      return "hears, is not heard";
    case "~":
      return "only by way of others";
    case "x":
      return "not at all";
    default:
      return "not known";
  }
}

function secondsOf(ms: number | undefined): string {
  return ms === undefined ? "-" : `${Math.round(ms / 1000)} s`;
}

function names(some: readonly string[]): string {
  return some.map(printable).join(", ");
}

function keyOf({ from, to }: Pick<PathAnswer, "from" | "to">): string {
  return `${from}\u0000${to}`;
}
