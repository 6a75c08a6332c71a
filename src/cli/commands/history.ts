import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { type HistoryVerdict, judgeHistory, readHistory } from "../../sim/history-judge.ts";
import { type CliIo, printJson, printLine } from "../cli-io.ts";
import { addCommand, type JsonFlag } from "../command.ts";
import { Exit } from "../exit.ts";
import { usageError } from "../failure.ts";
import { printable } from "../printable.ts";

export function addHistory(program: Command, io: CliIo): void {
  addCommand(program, {
    usage: "history <file>",
    summary: "judge whether what clients saw is linearizable; - reads standard input",
    examples: ["hearsay history history.jsonl", "hearsay history - < history.jsonl"],
    notes:
      "A line of JSON an operation: process, call and return in milliseconds (null: no answer),\n" +
      "input and output, as historyLines of hearsay/testing writes them (docs/testing.md). Exit\n" +
      "code 0 when one order explains all of it, 1 when none does, or nobody knows in time.",
  }).action((file: string, flags: JsonFlag) => judge(file, flags, io));
}

async function judge(file: string, flags: JsonFlag, io: CliIo): Promise<void> {
  const history = readHistory(await textOf(file, io));
  if (typeof history === "number") {
    throw usageError(`Line ${history} of ${printable(file)} is no operation: see --help.`);
  }
  const verdicts = judgeHistory(history);
  if (verdicts.length === 0) throw usageError(`${printable(file)} has no operations.`);
  if (flags.json) printJson(io, verdicts);
  else for (const verdict of verdicts) printLine(io, printable(verdictText(verdict)));
  if (verdicts.some(({ verdict }) => verdict.kind !== "linearizable")) throw new Exit(1);
}

async function textOf(file: string, io: CliIo): Promise<string> {
  if (file === "-") return io.readInput();
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError(`${printable(file)} cannot be read: ${why}`);
  }
}

function verdictText({ object, operationsCount, verdict }: HistoryVerdict): string {
  const what = `${object}: ${operationsCount} operations`;
  if (verdict.kind === "linearizable") return `${what}, linearizable`;
  if (verdict.kind === "unknown") return `${what}, ${verdict.part} takes too long to judge`;
  const { explainedCount, part } = verdict;
  const most = `${explainedCount} of ${verdict.operationsCount} explained at most`;
  return `${what}, NOT linearizable: of ${part}, ${most}`;
}
