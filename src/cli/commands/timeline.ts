import type { Command } from "commander";
import type { MemberEvent } from "../../agent/admin.messages.ts";
import type { TimelineAnswer, TimelineEvent } from "../../agent/routes/timeline.messages.ts";
import {
  type CliIo,
  type Colors,
  colorsOf,
  printJson,
  printLine,
  withProgress,
} from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient, wholeNumber } from "../command.ts";
import { clockTime, printable } from "../printable.ts";

interface TimelineFlags extends AdminFlags {
  readonly evidence?: true;
  readonly last?: number;
}

const kindWords: Readonly<Record<MemberEvent["kind"], string>> = {
  join: "joined",
  update: "changed its tags or address",
  suspect: "is suspected",
  alive: "is alive again",
  degrade: "says that it is busy",
  recover: "says that it is well again",
  fail: "is believed dead",
  leave: "left",
  reap: "was forgotten",
};

export function addTimeline(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "timeline [name]",
    summary: "show what members did since the agent began, as far as it remembers; oldest first",
    examples: ["hearsay timeline", "hearsay timeline p5 --evidence", "hearsay timeline --last 20"],
    notes: "hearsay watch tells what happens from now on; hearsay why NAME what is known now.",
  })
    .option("--evidence", "with each event the evidence that there was for it at that moment")
    .option("--last <n>", "only the last so many events", wholeNumber(1, 1_000_000))
    .action((name: string | undefined, flags: TimelineFlags) => show(name, flags, io));
}

async function show(name: string | undefined, flags: TimelineFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).timeline(name);
  const answer = await withProgress(io, "Asking the agent …", asked);
  const events = answer.events.slice(-(flags.last ?? answer.events.length));
  if (flags.json) return printJson(io, { ...answer, events });
  const colors = colorsOf(io.out, io.env);
  if (answer.lostCount > 0) printLine(io, `${answer.lostCount} earlier events are not kept.`);
  for (const event of events) printEvent(event, { colors, flags, io });
  if (events.length === 0) printLine(io, emptyText(answer, name));
}

function printEvent(
  { at, evidence, kind, name }: TimelineEvent,
  { colors, flags, io }: { readonly colors: Colors; flags: TimelineFlags; readonly io: CliIo },
): void {
  const words = kindWords[kind];
  const shown =
    kind === "fail" ? colors.red(words) : kind === "suspect" ? colors.yellow(words) : words;
  printLine(io, `${colors.dim(clockTime(at))}  ${printable(name)} ${shown}`);
  if (flags.evidence !== true) return;
  for (const { at: when, text } of evidence) {
    printLine(io, `                ${colors.dim(clockTime(when))}  ${printable(text)}`);
  }
}

function emptyText({ beganAt }: TimelineAnswer, name: string | undefined): string {
  const who = name === undefined ? "Nothing has happened" : `${printable(name)} did nothing`;
  return `${who} since ${clockTime(beganAt)}.`;
}
