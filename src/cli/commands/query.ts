import type { Command } from "commander";
import { agentDefaults } from "../../agent/agent.options.ts";
import type { QueryNotice, QuerySummary, QueryWish } from "../../agent/routes/queries.messages.ts";
import { type ErrorCode, errorCodes, HearsayError } from "../../core/errors.ts";
import { type CliIo, printJson, printLine } from "../cli-io.ts";
import {
  type AdminFlags,
  addAdminCommand,
  adminClient,
  collect,
  collectPair,
  wholeNumber,
} from "../command.ts";
import { Exit } from "../exit.ts";
import { usageError } from "../failure.ts";
import { printable } from "../printable.ts";

interface QueryFlags extends AdminFlags {
  readonly timeout?: number;
  readonly node?: readonly string[];
  readonly tag?: Readonly<Record<string, string>>;
  readonly ack?: boolean;
  readonly via?: string;
  readonly relay?: number;
  readonly value?: string;
  readonly all?: boolean;
}

const RELAY_MAX = 8;
/** What says no more than the outcome does. */
const PLAIN_DETAIL = /^$|^noAnswerer:|^the node is stopping$|^no living member$/;
const NOTICES_MAX = 100_000;

export function addQuery(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "query <name> [payload]",
    summary: "ask every node, Serf agents too, and show answers as they come",
    examples: [
      "hearsay query load --ack",
      "hearsay query version --tag role=db --timeout 2000",
      'hearsay query disk-free --value \'{"path":"/"}\' --via links --all',
    ],
    notes:
      "A Hearsay agent answers what it was given: hearsay agent --answer version=2.1\n" +
      "Answers go to stdout, and in the end a summary to stderr: who answered, who only got the\n" +
      "question, who was silent. The exit code is 1 when nobody answered (with --ack: when\n" +
      "nobody got it), with --all when anybody who was asked, or named, did not answer.",
  })
    .option("--timeout <ms>", "how long to wait", wholeNumber(1, agentDefaults.queryTimeoutMaxMs))
    .option("--node <name>", "ask only this node (repeatable)", collect)
    .option("--tag <name=regex>", "ask only nodes whose tag matches (repeatable)", collectPair)
    .option("--ack", "also list who got the question")
    .option("--via <way>", "links, serf or auto: links to Hearsay nodes, Serf's wire to others")
    .option("--relay <n>", "let each word also travel by so many others", wholeNumber(0, RELAY_MAX))
    .option("--value <json>", "ask with this value, where code of yours answers typed queries")
    .option("--all", "succeed only when all who were asked have answered")
    .action((name: string, payload: string | undefined, flags: QueryFlags) =>
      query(name, payload, flags, io),
    );
}

async function query(
  name: string,
  payload: string | undefined,
  flags: QueryFlags,
  io: CliIo,
): Promise<void> {
  const notices: QueryNotice[] = [];
  let summary: QuerySummary | undefined;
  for await (const notice of adminClient(flags, io).ask(wishOf(name, payload, flags))) {
    if (notice.kind === "failed") throw new HearsayError(codeOf(notice.code), notice.message);
    if (notice.kind === "summary") summary = notice;
    else if (flags.json) notices.push(notice);
    else printNotice(notice, flags, io);
    if (notices.length > NOTICES_MAX) throw new HearsayError("AGENT_FAILED", "Too many answers.");
  }
  if (summary === undefined) {
    throw new HearsayError("AGENT_UNREACHABLE", "The agent ended before the query had.");
  }
  if (flags.json) printJson(io, jsonOf(notices, summary));
  else io.err.write(`${summaryText(summary)}\n`);
  if (!isEnough(summary, flags)) throw new Exit(1);
}

function isEnough(summary: QuerySummary, { ack, all, node }: QueryFlags): boolean {
  const { answersCount, askedCount, counts, reachedCount } = summary;
  // Who was named was to be asked, whoever it is.
  const wantedCount = node === undefined ? askedCount : askedCount + counts.unknown;
  if (all) return wantedCount > 0 && counts.answered === wantedCount;
  return answersCount > 0 || (ack === true && reachedCount > 0);
}

function wishOf(name: string, payload: string | undefined, flags: QueryFlags): QueryWish {
  const { node: nodes, relay: relayCount, tag: tags, timeout: timeoutMs, value, via } = flags;
  if (payload !== undefined && value !== undefined) {
    throw usageError("Say a payload or --value, not both.");
  }
  if (via !== undefined && via !== "links" && via !== "serf" && via !== "auto") {
    throw usageError(`--via ${via} is none of links, serf, auto.`);
  }
  return {
    name,
    ...(payload === undefined ? {} : { payload }),
    ...(value === undefined ? {} : { value }),
    ...(via === undefined ? {} : { via }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(tags === undefined ? {} : { tags }),
    ...(relayCount === undefined ? {} : { relayCount }),
  };
}

function printNotice(notice: QueryNotice, flags: QueryFlags, io: CliIo): void {
  if (notice.kind === "ack") {
    if (flags.ack) printLine(io, `${printable(notice.from)}  got it`);
  } else if (notice.kind === "answer") {
    printLine(io, printable(`${notice.from}  ${valueText(notice)}`));
  } else if (notice.kind === "failure") {
    const { detail, from, reason } = notice;
    printLine(io, printable(`${from}  ${reason}: ${detail}`));
  }
}

function valueText({ text, value }: Extract<QueryNotice, { kind: "answer" }>): string {
  if (text !== undefined) return text;
  const isBytes = typeof value === "object" && value !== null && "$bytes" in value;
  if (isBytes) return `base64 ${String(value.$bytes)}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `4 of 5 answered in 12 ms; got the question and are silent: p5`. */
function summaryText({ askedCount, counts, elapsedMs, ended, members }: QuerySummary): string {
  const named = (outcome: string): string =>
    members
      .filter((member) => member.outcome === outcome)
      .map(({ detail = "", name }) =>
        printable(PLAIN_DETAIL.test(detail) ? name : `${name} (${detail})`),
      )
      .join(", ");
  const words = {
    failed: "failed",
    refused: "do not answer it",
    unfinished: "were not done",
    acked: "got it and did not answer",
    silent: "silent",
    died: "died",
    left: "left",
    joined: "joined too late",
    unknown: "not to be asked",
  } as const;
  const lines = [`${counts.answered} of ${askedCount} answered in ${elapsedMs} ms (${ended})`];
  for (const [outcome, told] of Object.entries(words)) {
    const names = named(outcome);
    if (names !== "") lines.push(`  ${told}: ${names}`);
  }
  return lines.join("\n");
}

function jsonOf(notices: readonly QueryNotice[], summary: QuerySummary) {
  const { kind: _, ...rest } = { kind: "", ...summary };
  return {
    acks: notices.flatMap((notice) => (notice.kind === "ack" ? [notice.from] : [])),
    answers: notices.filter(({ kind }) => kind === "answer"),
    failures: notices.filter(({ kind }) => kind === "failure"),
    summary: rest,
  };
}

function codeOf(code: string): ErrorCode {
  return isErrorCode(code) ? code : "AGENT_FAILED";
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
