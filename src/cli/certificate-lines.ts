import type { Command } from "commander";
import type { EverywhereAnswer } from "../agent/routes/certificates.messages.ts";
import { type CliIo, colorsOf, printJson, printLine, withProgress } from "./cli-io.ts";
import { type AdminFlags, wholeNumber } from "./command.ts";
import { Exit } from "./exit.ts";
import { printable } from "./printable.ts";
import { tablePrinter } from "./table.ts";
import { usage } from "./usage.ts";

const WAIT_MAX_MS = 600_000;

export interface CertificateFlags extends AdminFlags {
  readonly timeout?: number;
  readonly view?: string;
  readonly proof?: string;
}

/** `only`: what stands before them where a command does other things, too. */
export function addCertificateFlags(command: Command, only = ""): Command {
  return command
    .option("--timeout <ms>", `${only}how long to wait`, wholeNumber(0, WAIT_MAX_MS))
    .option("--view <who>", `${only}members, replicas, or names with commas between them`)
    .option("--proof <what>", `${only}held, or seen, which anti-entropy may have told already`);
}

export function wishOf({ proof, timeout: timeoutMs, view }: CertificateFlags) {
  if (proof !== undefined && proof !== "held" && proof !== "seen") {
    throw usage(`--proof ${proof} is none of held, seen.`);
  }
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(view === undefined ? {} : { view }),
    ...(proof === undefined ? {} : { proof }),
  };
}

/** @throws Exit 1 when it is not everywhere */
export async function printCertificate(
  asked: Promise<EverywhereAnswer>,
  flags: CertificateFlags,
  io: CliIo,
): Promise<void> {
  const answer = await withProgress(io, "Waiting until all have it …", asked);
  if (flags.json) printJson(io, answer);
  else for (const line of await certificateLines(answer, io)) printLine(io, line);
  if (!answer.everywhere) throw new Exit(1);
}

const whys = {
  unseen: "has not seen it",
  unheld: "has seen it, and holds neither it nor a successor",
  closed: "takes no part in it",
  silent: "has not answered",
  unreachable: "no link speaks to it",
  absent: "nobody of this name lives",
} as const;

/** A certificate, or what there is of one, for people. */
async function certificateLines(answer: EverywhereAnswer, io: CliIo): Promise<string[]> {
  const { dot, evidence, everywhere, gone, missing } = answer;
  const count = `${evidence.length} of ${evidence.length + missing.length} members`;
  const what = `${printable(dot.origin)}:${dot.seq}`;
  const print = await tablePrinter(colorsOf(io.out, io.env));
  const has = evidence.map(({ at, durable, how, origin, standing }) => {
    const disk = durable === undefined ? "" : durable ? "on disk" : "in memory";
    return [printable(origin), standing, how, disk, new Date(at).toISOString()];
  });
  const hasNot = missing.map(({ at, name, why }) => {
    const when = at === undefined ? "" : new Date(at).toISOString();
    return [printable(name), "missing", whys[why], "", when];
  });
  return [
    `${everywhere ? "Everywhere" : "Not everywhere"}: ${count} are known to have ${what}.`,
    print(["LIFE", "HAS IT", "HOW KNOWN", "WHERE", "WHEN"], [...has, ...hasNot]),
    ...gone.map(({ how, name }) => `${printable(name)} ${how} meanwhile`),
  ];
}
