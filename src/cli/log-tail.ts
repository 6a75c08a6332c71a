import { InvalidArgumentError } from "commander";
import { type CliIo, printJson, printLine } from "./cli-io.ts";
import { printable } from "./printable.ts";

/** How long one question of `--follow` waits for a further entry. */
const FOLLOW_WAIT_MS = 10_000;

/** What `tail` shows of an entry, of whichever kind of log. */
interface TailedEntry {
  readonly index: number;
  readonly value: unknown;
  readonly from: string;
  readonly clock: { readonly ms: number };
}

interface Tailed {
  readonly entries: readonly TailedEntry[];
  readonly next: number;
}

export interface TailFlags {
  readonly json?: boolean;
  readonly count: number;
  readonly follow?: boolean;
}

/** Asks the agent for what comes from an index on, and waits a while for it. */
export type AskOn = (question: {
  readonly from: number;
  readonly waitMs: number;
}) => Promise<Tailed>;

/** Prints the last entries of what an agent answered; with `--follow` then all that come. */
export async function printTail(
  answer: Tailed,
  ask: AskOn,
  flags: TailFlags,
  io: CliIo,
): Promise<void> {
  const entries = answer.entries.slice(-flags.count);
  if (flags.follow !== true) {
    if (flags.json) return printJson(io, { ...answer, entries });
    if (entries.length === 0) printLine(io, "The log is empty here.");
    for (const entry of entries) printLine(io, entryText(entry));
    return;
  }
  for (const entry of entries) print(entry, flags, io);
  await follow(answer.next, ask, flags, io);
}

/** Of `--count`. @throws InvalidArgumentError */
export function countOf(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("It must be a whole number of entries, 1 or more.");
}

async function follow(first: number, ask: AskOn, flags: TailFlags, io: CliIo): Promise<void> {
  try {
    for (let from = first; !io.signal.aborted; ) {
      const { entries, next } = await ask({ from, waitMs: FOLLOW_WAIT_MS });
      for (const entry of entries) print(entry, flags, io);
      from = next;
    }
  } catch (error) {
    if (!io.signal.aborted) throw error;
  }
}

function print(entry: TailedEntry, flags: TailFlags, io: CliIo): void {
  if (flags.json) printJson(io, entry);
  else printLine(io, entryText(entry));
}

function entryText({ clock, from, index, value }: TailedEntry): string {
  const at = new Date(clock.ms).toISOString();
  return `${index}  ${at}  ${printable(from)}  ${printable(JSON.stringify(value))}`;
}
