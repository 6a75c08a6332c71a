import type { Command } from "commander";
import type { AggregateAnswer, EstimateAnswer } from "../../agent/routes/aggregates.messages.ts";
import { HearsayError } from "../../core/errors.ts";
import { type CliIo, colorsOf, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { printable } from "../printable.ts";
import { tablePrinter } from "../table.ts";

const NOTES =
  "An aggregate is what the numbers of all nodes come to: their average, sum, count, least and\n" +
  "greatest, each with how far it may be off, and how old it is. An agent takes part in those\n" +
  "it was started with (--aggregate load). A value marked ~ is stale.";

export function addAggregate(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "aggregate <action> [name]",
    summary: "what the numbers of all nodes come to: ls, or get NAME",
    examples: [
      "hearsay aggregate ls",
      "hearsay aggregate get load",
      "hearsay aggregate get load --json",
    ],
    notes: NOTES,
  }).action((action: string, name: string | undefined, flags: AdminFlags) => {
    if (action === "ls" && name === undefined) return list(flags, io);
    if (action === "get" && name !== undefined) return show(name, flags, io);
    const usage = "Write it like: hearsay aggregate ls, or: hearsay aggregate get load";
    throw new HearsayError("USAGE", usage);
  });
}

async function list(flags: AdminFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).aggregates();
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  const print = await tablePrinter(colorsOf(io.out, io.env));
  const rows = answer.aggregates.map(({ estimates, name, own }) => [
    printable(name),
    own === null ? "-" : short(own),
    ...["average", "sum", "count", "min", "max"].map((one) => brief(estimates[one])),
  ]);
  printLine(io, print(["NAME", "OWN", "AVERAGE", "SUM", "COUNT", "MIN", "MAX"], rows));
}

async function show(name: string, flags: AdminFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).aggregate(name);
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  const print = await tablePrinter(colorsOf(io.out, io.env));
  const head = ["STATISTIC", "VALUE", "OFF BY AT MOST", "AGE", "ROUNDS"];
  printLine(io, print(head, rowsOf(answer)));
  for (const { atLeast, atMost, certain, item } of answer.top) {
    const sure = certain ? "" : ", not certainly among the first";
    printLine(io, `${printable(item)}: ${atLeast} to ${atMost} times${sure}`);
  }
}

function rowsOf({ estimates }: AggregateAnswer): string[][] {
  return Object.entries(estimates).map(([statistic, estimate]) => [
    printable(statistic),
    brief(estimate),
    estimate.errorBound === null ? "unknown" : short(estimate.errorBound),
    `${(estimate.ageMs / 1_000).toFixed(1)} s`,
    String(estimate.rounds),
  ]);
}

function brief(estimate: EstimateAnswer | undefined): string {
  if (estimate === undefined || estimate.value === null) return "-";
  return `${estimate.stale ? "~" : ""}${short(estimate.value)}`;
}

/** Six figures, and no zeros behind them. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
