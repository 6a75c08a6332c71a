import type { Command } from "commander";
import type { QueryAnswer } from "../../agent/admin.messages.ts";
import { agentDefaults } from "../../agent/agent.options.ts";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import {
  type AdminFlags,
  addAdminCommand,
  adminClient,
  collect,
  collectPair,
  wholeNumber,
} from "../command.ts";
import { printable } from "../printable.ts";

interface QueryFlags extends AdminFlags {
  readonly timeout?: number;
  readonly node?: readonly string[];
  readonly tag?: Readonly<Record<string, string>>;
  readonly ack?: boolean;
}

export function addQuery(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "query <name> [payload]",
    summary: "ask every node, Serf agents too, and show who answers",
    examples: ["hearsay query load --ack", "hearsay query version --tag role=db --timeout 2000"],
    notes: "A Hearsay agent answers what it was given: hearsay agent --answer version=2.1",
  })
    .option("--timeout <ms>", "how long to wait", wholeNumber(1, agentDefaults.queryTimeoutMaxMs))
    .option("--node <name>", "ask only this node (repeatable)", collect)
    .option("--tag <name=regex>", "ask only nodes whose tag matches (repeatable)", collectPair)
    .option("--ack", "also list who got the question")
    .action((name: string, payload: string | undefined, flags: QueryFlags) =>
      query({ name, payload: payload ?? "" }, flags, io),
    );
}

async function query(
  question: { readonly name: string; readonly payload: string },
  flags: QueryFlags,
  io: CliIo,
): Promise<void> {
  const asked = adminClient(flags, io).query({
    ...question,
    ack: flags.ack ?? false,
    ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
    ...(flags.node === undefined ? {} : { nodes: flags.node }),
    ...(flags.tag === undefined ? {} : { tags: flags.tag }),
  });
  const answer = await withProgress(io, "Waiting for answers …", asked);
  if (flags.json) return printJson(io, answer);
  printAnswer(answer, flags, io);
}

function printAnswer(answer: QueryAnswer, flags: QueryFlags, io: CliIo): void {
  for (const from of answer.acks) printLine(io, `${printable(from)}  got it`);
  for (const { from, text, base64 } of answer.answers) {
    printLine(io, printable(`${from}  ${text ?? `base64 ${base64}`}`));
  }
  const acks = flags.ack ? `, ${answer.acks.length} got the question` : "";
  io.err.write(`${answer.answers.length} answered${acks}\n`);
}
