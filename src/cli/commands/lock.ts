import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Command } from "commander";
import type { HoldNotice, LockStatus } from "../../agent/routes/locks.messages.ts";
import { HearsayError } from "../../core/errors.ts";
import {
  type CliIo,
  colorsOf,
  type EndSignal,
  printJson,
  printLine,
  withProgress,
} from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient, wholeNumber } from "../command.ts";
import { Exit } from "../exit.ts";
import { usageError } from "../failure.ts";
import { printable } from "../printable.ts";
import { tablePrinter } from "../table.ts";

interface LockFlags extends AdminFlags {
  readonly try?: boolean;
  readonly wait?: number;
}

/** How long a command may take to end once its lock is lost. [because: it may tidy up] */
const END_MAX_MS = 5_000;
/** As of a command that was not to be run. */
const BUSY_CODE = 1;

export function addLock(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "lock <action> [words...]",
    summary: "locks of the group: run a command while holding one, or see who has them",
    examples: [
      "hearsay lock ls",
      "hearsay lock status nightly",
      "hearsay lock run nightly -- ./backup.sh --all",
      "hearsay lock run nightly --try -- ./backup.sh",
    ],
    notes:
      "run waits for the lock, runs the command and lets go of the lock when that ends; its\n" +
      "exit code is the command's. The command finds HEARSAY_LOCK_NAME and HEARSAY_LOCK_TOKEN\n" +
      "in its environment: what it writes to should refuse smaller tokens than it has seen.\n" +
      "When the lock is lost, the command is ended by SIGTERM, and by SIGKILL 5 s later; the\n" +
      "exit code is then 1. SIGTERM, SIGINT and SIGHUP are passed on to the command; SIGKILL\n" +
      "cannot be, and then the command runs on without the lock.\n" +
      "Agents that were started with --voters have locks.",
  })
    .option("--try", "run: do not wait; exit code 1 when somebody has it")
    .option("--wait <ms>", "run: give up after so long", wholeNumber(0, 2_147_483_647))
    .action((action: string, words: readonly string[], flags: LockFlags) =>
      run(action, words, flags, io),
    );
}

async function run(
  action: string,
  words: readonly string[],
  flags: LockFlags,
  io: CliIo,
): Promise<void> {
  const [name, ...command] = words;
  if ((action === "ls" && name !== undefined) || (action === "status" && command.length > 0)) {
    throw usageError(`${words.at(-1)} is one word too many for ${action}.`);
  }
  if (action === "ls") return list(await locks(flags, io), flags, io);
  if (action !== "run" && action !== "status")
    throw usageError(`${action} is none of run, ls, status.`);
  if (name === undefined) throw usageError(`Say which: hearsay lock ${action} NAME`);
  if (action === "status") {
    const found = (await locks(flags, io)).filter((lock) => lock.name === name);
    return list(found, flags, io);
  }
  if (command.length === 0)
    throw usageError(`Say what to run: hearsay lock run ${name} -- COMMAND`);
  await runHolding(name, command, flags, io);
}

async function locks(flags: LockFlags, io: CliIo): Promise<readonly LockStatus[]> {
  const asked = adminClient(flags, io).locks();
  return (await withProgress(io, "Asking the agent …", asked)).locks;
}

async function list(found: readonly LockStatus[], flags: LockFlags, io: CliIo): Promise<void> {
  if (flags.json) return printJson(io, found);
  if (found.length === 0) return printLine(io, "Nobody holds any.");
  const print = await tablePrinter(colorsOf(io.out, io.env));
  const rows = found.map(({ holder, kind, name, token, waiting }) =>
    [kind, name, holder, String(token), waiting.join(" ")].map(printable),
  );
  printLine(io, print(["KIND", "NAME", "HOLDER", "TOKEN", "WAITING"], rows));
}

async function runHolding(
  name: string,
  command: readonly string[],
  flags: LockFlags,
  io: CliIo,
): Promise<void> {
  const over = new AbortController();
  const mode = flags.try ? "try" : "wait";
  const wish = { name, mode, ...(flags.wait === undefined ? {} : { waitMs: flags.wait }) } as const;
  const notices = adminClient(flags, io).hold(wish, over.signal);
  try {
    await runGranted(name, command, notices, io);
  } finally {
    over.abort();
  }
}

async function runGranted(
  name: string,
  command: readonly string[],
  notices: AsyncGenerator<HoldNotice, void>,
  io: CliIo,
): Promise<void> {
  const first = await granted(notices, () => io.err.write(`Waiting for ${printable(name)} …\n`));
  if (first === undefined) {
    io.err.write(`${printable(name)} is held by somebody else.\n`);
    throw new Exit(BUSY_CODE);
  }
  const child = startChild(command, first);
  const ended = untilEnded(child);
  // Who ends this process means the command: that must not run on without its lock.
  const stopHearing = io.onEndSignal((signal) => passOn(signal, child));
  try {
    const outcome = await Promise.race([ended, untilLost(notices, first.remainingMs)]);
    if (outcome === "lost") {
      await endChild(child, ended);
      throw new HearsayError("LOCK_LOST", `${name} was lost while the command ran; it was ended.`);
    }
    if (outcome !== 0) throw new Exit(outcome);
  } finally {
    stopHearing();
  }
}

type Held = Extract<HoldNotice, { kind: "held" }>;

async function granted(
  notices: AsyncGenerator<HoldNotice, void>,
  onWait: () => void,
): Promise<Held | undefined> {
  let isTold = false;
  for (;;) {
    const { done, value } = await notices.next();
    if (done === true) throw new HearsayError("AGENT_FAILED", "The agent ended before it had it.");
    if (value.kind === "held") return value;
    if (value.kind === "busy") return undefined;
    if (value.kind === "failed") throw failed(value);
    if (!isTold && value.kind === "waiting") onWait();
    isTold = true;
  }
}

function failed({ code, message }: Extract<HoldNotice, { kind: "failed" }>): HearsayError {
  const isTimeout = code === "TIMEOUT";
  return new HearsayError(isTimeout ? "TIMEOUT" : "AGENT_FAILED", message.replace(/^\[\w+\] /, ""));
}

/** Silence for as long as the lock was sure to be held counts as its end. */
async function untilLost(
  notices: AsyncGenerator<HoldNotice, void>,
  firstMs: number,
): Promise<"lost"> {
  let remainingMs = firstMs;
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<"silence">((resolve) => {
      timer = setTimeout(resolve, remainingMs, "silence");
    });
    const told = await Promise.race([notices.next().catch(() => "broken" as const), silence]);
    clearTimeout(timer);
    if (typeof told === "string" || told.done === true) return "lost";
    if (told.value.kind !== "held") return "lost";
    remainingMs = told.value.remainingMs;
  }
}

function startChild([file = "", ...args]: readonly string[], { name, token }: Held): ChildProcess {
  const env = { ...process.env, HEARSAY_LOCK_NAME: name, HEARSAY_LOCK_TOKEN: String(token) };
  return spawn(file, args, { env, stdio: "inherit" });
}

function passOn(signal: EndSignal, child: ChildProcess): void {
  // A terminal has sent Ctrl-C to both.
  if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
}

/** @returns the exit code, as a shell gives it */
async function untilEnded(child: ChildProcess): Promise<number> {
  try {
    await once(child, "close");
    const { exitCode, signalCode } = child;
    return exitCode ?? 128 + (signalCode === null ? 0 : constants.signals[signalCode]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HearsayError("USAGE", `The command cannot be run: ${why}`);
  }
}

async function endChild(child: ChildProcess, ended: Promise<number>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MAX_MS);
  await ended;
  clearTimeout(timer);
}
