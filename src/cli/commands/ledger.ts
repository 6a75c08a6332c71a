import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import {
  type FileVerdict,
  importLedgerFile,
  verifyLedgerFile,
  verifyLedgerProof,
} from "../../agent/ledger-files.ts";
import type { LedgerBlockAnswer } from "../../agent/routes/ledgers.messages.ts";
import { HearsayError } from "../../core/errors.ts";
import { decodeHex } from "../../core/hex.ts";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { Exit } from "../exit.ts";
import { usageError } from "../failure.ts";
import { printable } from "../printable.ts";
import { valueFrom } from "../value-argument.ts";

interface LedgerFlags extends AdminFlags {
  readonly from?: number;
  readonly to?: number;
  readonly chain?: string;
}

/** What `verify` and `check-proof` end with; 2 is usage. [DESIGN section 6] */
const exitCodes = { valid: 0, invalid: 1, fork: 3, unreadable: 4, incomplete: 5 } as const;

type Action = (target: string, what: string | undefined, flags: LedgerFlags, io: CliIo) => unknown;

const actions: Readonly<Record<string, Action>> = {
  show: (ledger, which, flags, io) =>
    which === undefined ? showLedger(ledger, flags, io) : showBlock(ledger, which, flags, io),
  append: (ledger, value, flags, io) => append(ledger, needed("append", value), flags, io),
  prove: (ledger, index, flags, io) => prove(ledger, needed("prove", index), flags, io),
  export: (ledger, _, flags, io) => exportBlocks(ledger, flags, io),
  import: (path, dataDir, flags, io) => importFile(path, needed("import", dataDir), flags, io),
  verify: (path, _, flags, io) => verify(path, flags, io),
  "check-proof": (path, _, flags, io) => checkProof(path, flags, io),
};

export function addLedger(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "ledger <action> <target> [what]",
    summary: "signed blocks of entries: show, append, prove, export, import, verify, check-proof",
    examples: [
      "hearsay ledger show audit",
      "hearsay ledger show audit 17",
      'hearsay ledger append audit \'{"from":"ann","to":"bob","amount":5}\'',
      "hearsay ledger prove audit 4 > proof.json",
      "hearsay ledger export audit --from 0 > audit.ndjson",
      "hearsay ledger import audit.ndjson /var/lib/hearsay --chain ID",
      "hearsay ledger verify audit.ndjson --chain ID",
      "hearsay ledger verify /var/lib/hearsay/ledgers/audit",
      "hearsay ledger check-proof proof.json --chain ID",
    ],
    notes:
      "show, append, prove and export ask an agent that has an order. verify takes an export\n" +
      "(lines or binary) or a ledger's folder, check-proof a proof; neither needs an agent.\n" +
      "import verifies an export and puts it into the data directory of an agent that does not\n" +
      "run, as the past of a newcomer; what is there already is gone on with, never changed.\n" +
      "--chain is the chain's id, which you have from somebody you trust: without it, that of\n" +
      "the file itself is taken and printed.\n" +
      "verify and import end with 0 valid, 1 invalid, 2 usage, 3 fork, 4 not readable,\n" +
      "5 incomplete.",
  })
    .option("--from <number>", "export, verify: the first block", blockNumber)
    .option("--to <number>", "export: the last block", blockNumber)
    .option(
      "--chain <id>",
      "verify, import, check-proof: the trusted chain, 64 hex digits",
      chainOf,
    )
    .action(
      async (action: string, target: string, what: string | undefined, flags: LedgerFlags) => {
        const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
        if (run === undefined) {
          throw usageError(`${action} is none of ${Object.keys(actions).join(", ")}.`);
        }
        await run(target, what, flags, io);
      },
    );
}

async function showLedger(ledger: string, flags: LedgerFlags, io: CliIo): Promise<void> {
  const status = await withProgress(
    io,
    "Asking the agent …",
    adminClient(flags, io).ledger(ledger),
  );
  if (flags.json) return printJson(io, status);
  const { chainId, finalIndex, halted, head, height, pendingCount, signers, state } = status;
  printLine(io, `${printable(status.name)}: ${state}, ${height} blocks, ${finalIndex} entries`);
  if (chainId !== undefined) printLine(io, `chain ${chainId}`);
  if (head !== undefined) printLine(io, `head ${head}`);
  if (pendingCount > 0) printLine(io, `${pendingCount} entries wait for a block`);
  printLine(io, `${status.threshold ?? 0} of ${signers.length} signers make a block final`);
  for (const { keyId } of signers) {
    printLine(io, `  ${keyId}${keyId === status.keyId ? " (this agent)" : ""}`);
  }
  if (halted !== undefined) printLine(io, `HALTED at block ${halted.block}: ${halted.reason}`);
}

async function showBlock(
  ledger: string,
  which: string,
  flags: LedgerFlags,
  io: CliIo,
): Promise<void> {
  const asked = adminClient(flags, io).ledgerBlock(ledger, which);
  const block = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, block);
  for (const line of blockLines(block)) printLine(io, line);
}

function blockLines(block: LedgerBlockAnswer): string[] {
  const { clock, entries, firstIndex, hash, lastIndex, number, previousHash, signers } = block;
  return [
    `block ${number}  ${new Date(clock.ms).toISOString()}  entries ${firstIndex} to ${lastIndex}`,
    `hash ${hash}`,
    `before ${previousHash}`,
    `signed by ${signers.length}: ${signers.map((keyId) => keyId.slice(0, 16)).join(" ")}`,
    ...entries.map((entry) => {
      const what = entry.kind === "data" ? JSON.stringify(entry.value) : "(configuration)";
      return `${entry.index}  ${printable(entry.from)}  ${printable(what ?? "(not readable)")}`;
    }),
  ];
}

async function append(ledger: string, value: string, flags: LedgerFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).appendToLedger(ledger, valueFrom(value));
  const receipt = await withProgress(io, "Appending …", asked);
  if (flags.json) return printJson(io, receipt);
  printLine(io, `entry ${receipt.index}, final in block ${receipt.block}`);
}

async function prove(ledger: string, index: string, flags: LedgerFlags, io: CliIo): Promise<void> {
  if (!/^\d{1,15}$/.test(index)) throw usageError(`${index} is no number of an entry.`);
  const asked = adminClient(flags, io).ledgerProof(ledger, Number(index));
  printJson(io, await withProgress(io, "Asking the agent …", asked));
}

async function exportBlocks(ledger: string, flags: LedgerFlags, io: CliIo): Promise<void> {
  const client = adminClient(flags, io);
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = flags;
  let isFirst = true;
  for (let next: number | undefined = from; next !== undefined && !io.signal.aborted; ) {
    const first: number = next;
    const answer = await client.exportLedger(ledger, first, to);
    // Configurations before the range come with each answer, and are wanted once.
    const extraCount = isFirst ? 0 : extraLines(answer.lines, first, answer.next ?? to + 1);
    for (const line of answer.lines.slice(extraCount)) printLine(io, line);
    isFirst = false;
    next = answer.next;
  }
}

function extraLines(lines: readonly string[], first: number, end: number): number {
  return Math.max(0, lines.length - (end - first));
}

function verify(path: string, flags: LedgerFlags, io: CliIo): void {
  const { chain, from = 0 } = flags;
  const chainId = chain === undefined ? undefined : decodeHex(chain);
  let verdict: FileVerdict;
  try {
    verdict = verifyLedgerFile(path, { chainId, from });
  } catch (error) {
    return unreadable(path, error, flags, io);
  }
  if (flags.json) printJson(io, verdict);
  else printLine(io, verdictLine(verdict));
  if (verdict.status !== "valid") throw new Exit(exitCodes[verdict.status]);
}

async function importFile(
  path: string,
  dataDir: string,
  flags: LedgerFlags,
  io: CliIo,
): Promise<void> {
  const { chain: chainId } = flags;
  let imported: Awaited<ReturnType<typeof importLedgerFile>>;
  try {
    imported = await importLedgerFile(path, dataDir, chainId === undefined ? {} : { chainId });
  } catch (error) {
    if (error instanceof HearsayError) throw error;
    return unreadable(path, error, flags, io);
  }
  const { addedCount, ledger, verdict } = imported;
  if (flags.json) printJson(io, imported);
  else {
    printLine(io, verdictLine(verdict));
    if (ledger !== undefined) printLine(io, `${printable(ledger)}: ${addedCount} new blocks`);
  }
  if (verdict.status !== "valid") throw new Exit(exitCodes[verdict.status]);
}

function verdictLine({ blocksCount, chainId, detail, eventsCount, fault, ...rest }: FileVerdict) {
  const counts = `blocks=${blocksCount} events=${eventsCount} head=${rest.head ?? "none"}`;
  if (rest.status === "valid") return `OK ${counts} chain=${chainId ?? "none"}`;
  if (fault !== undefined) return `${fault.code} at block ${fault.block}: ${fault.detail}`;
  return `${rest.status === "fork" ? "FORK" : "INCOMPLETE"} ${counts}: ${detail ?? ""}`;
}

function checkProof(path: string, flags: LedgerFlags, io: CliIo): void {
  const { chain } = flags;
  if (chain === undefined) throw usageError("Say which chain you trust: --chain ID");
  let proof: unknown;
  try {
    proof = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) return unreadable(path, error, flags, io);
  }
  const verdict = verifyLedgerProof(proof, chain);
  if (flags.json) printJson(io, verdict);
  else if (verdict.status === "valid") {
    const { entry } = verdict;
    const value = printable(JSON.stringify(entry.value) ?? "(not readable)");
    printLine(io, `OK entry=${entry.index} block=${verdict.block} from=${printable(entry.from)}`);
    printLine(io, value);
  } else printLine(io, `INVALID ${verdict.reason}`);
  if (verdict.status !== "valid") throw new Exit(exitCodes.invalid);
}

function unreadable(path: string, error: unknown, flags: LedgerFlags, io: CliIo): never {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${path} cannot be read: ${reason}`;
  if (flags.json) io.err.write(`${JSON.stringify({ code: "IO", message })}\n`);
  else io.err.write(`IO: ${printable(message)}\n`);
  throw new Exit(exitCodes.unreadable);
}

function needed(action: string, what: string | undefined): string {
  if (what !== undefined) return what;
  throw new HearsayError("USAGE", `Say what: hearsay ledger ${action} LEDGER WHAT`);
}

function blockNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the number of a block.");
}

function chainOf(text: string): string {
  if (decodeHex(text)?.length === 32) return text;
  throw new InvalidArgumentError("It must be 64 hex digits.");
}
