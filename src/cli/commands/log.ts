import { type Command, Option } from "commander";
import { HearsayError } from "../../core/errors.ts";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { countOf, printTail, type TailFlags } from "../log-tail.ts";
import { printable } from "../printable.ts";
import { usage } from "../usage.ts";
import { valueFrom } from "../value-argument.ts";

interface LogFlags extends AdminFlags, TailFlags {
  readonly after?: string;
  readonly id?: string;
  readonly order?: string;
}

export function addLog(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "log <action> <log> [value]",
    summary: "a list that all agents hold: append to it, or tail it",
    examples: [
      "hearsay log append chat '\"hello\"'",
      "hearsay log append chat '\"a reply\"' --after TOKEN",
      "hearsay log append moves 'e2e4' --order total",
      "hearsay log tail chat --count 20",
      "hearsay log tail chat --follow --json",
    ],
    notes:
      "A value is JSON; what is no JSON is taken as text. append prints what names the state\n" +
      "that has it: --after with that, on any agent, puts an entry behind it, or has tail wait\n" +
      "for it.\n" +
      "An entry stands behind all that its agent held; concurrent ones stand as they came, and\n" +
      "with --order total alike on all agents. The agent takes part in a log from the first\n" +
      "command that names it.",
  })
    .option("--after <token>", "what it comes after, or what tail must have, from append")
    .option("--id <text>", "append: a name; appended again under it, it stands there once")
    .addOption(
      new Option("--order <order>", "append: where it stands").choices(["causal", "total"]),
    )
    .option("--count <number>", "tail: entries at the end", countOf, 10)
    .option("--follow", "tail: go on with what is appended")
    .action((action: string, log: string, value: string | undefined, flags: LogFlags) => {
      if (action === "tail" && value === undefined) return tail(log, flags, io);
      if (action !== "append") throw usage(`${action} is none of append and tail.`);
      if (value === undefined) throw usage(`Say which value: hearsay log append ${log} VALUE`);
      return append(log, valueFrom(value), flags, io);
    });
}

async function append(log: string, value: unknown, flags: LogFlags, io: CliIo): Promise<void> {
  const { after, id, order } = flags;
  const given = { ...(after && { after }), ...(id && { id }), ...(order && { order }) };
  const asked = adminClient(flags, io).appendToLog(log, { value, ...given });
  const answer = await withProgress(io, "Appending …", asked);
  if (flags.json) return printJson(io, answer);
  const { dot, durable, status } = answer;
  const what = status === "known" ? "known already" : "appended";
  printLine(io, `${what} as ${printable(dot.origin)}:${dot.seq}${durable ? ", on disk" : ""}`);
  printLine(io, `after ${answer.after}`);
}

async function tail(log: string, flags: LogFlags, io: CliIo): Promise<void> {
  const client = adminClient(flags, io);
  const { after } = flags;
  const asked = client.log(log, after === undefined ? {} : { after });
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (answer.status === "behind") {
    throw new HearsayError("TIMEOUT", `this agent does not have what --after names yet; try again`);
  }
  await printTail(answer, (question) => client.log(log, question), flags, io);
}
