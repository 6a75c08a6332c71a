import { type Command, Option } from "commander";
import type { OrderAnswer } from "../../agent/routes/order.messages.ts";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { countOf, printTail, type TailFlags } from "../log-tail.ts";
import { printable } from "../printable.ts";
import { usage } from "../usage.ts";
import { valueFrom } from "../value-argument.ts";

interface OrderFlags extends AdminFlags, TailFlags {
  readonly wait?: string;
}

const CHANGES = ["promote", "remove", "transfer"] as const;

export function addOrder(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "order <action> [words...]",
    summary: "the group that orders: its members, and logs in one order for all",
    examples: [
      "hearsay order status",
      "hearsay order promote p4",
      "hearsay order remove p2",
      "hearsay order transfer p3",
      "hearsay order append orders '{\"buy\":3}'",
      "hearsay order tail orders --count 20 --follow",
    ],
    notes:
      "Agents that were started with --voters have an order. promote makes a learner a voter,\n" +
      "remove takes a member out, transfer hands the leadership over: ask the agent that leads.\n" +
      "append and tail are of ordered logs: all agents hold the same entries in the same order.\n" +
      "A value is JSON; what is no JSON is taken as text.",
  })
    .addOption(
      new Option("--wait <for>", "append: what to wait for").choices([
        "durable",
        "majority",
        "ordered",
        "applied",
      ]),
    )
    .option("--count <number>", "tail: entries at the end", countOf, 10)
    .option("--follow", "tail: go on with what is appended")
    .action((action: string, words: readonly string[], flags: OrderFlags) =>
      run(action, words, flags, io),
    );
}

async function run(
  action: string,
  words: readonly string[],
  flags: OrderFlags,
  io: CliIo,
): Promise<void> {
  const [first, second] = words;
  const most = { status: 0, append: 2, tail: 1, promote: 1, remove: 1, transfer: 1 };
  const bound = new Map<string, number>(Object.entries(most)).get(action);
  if (bound === undefined) {
    throw usage(`${action} is none of ${Object.keys(most).join(", ")}.`);
  }
  if (words.length > bound) throw usage("Too many words: put quotes around a value with blanks.");
  if (action === "status") {
    const asked = adminClient(flags, io).order();
    return report(await withProgress(io, "Asking the agent …", asked), flags, io);
  }
  const change = CHANGES.find((one) => one === action);
  if (first === undefined) {
    const what = change === undefined ? "LOG" : "NAME";
    throw usage(`Say which: hearsay order ${action} ${what}`);
  }
  if (change !== undefined) {
    const asked = adminClient(flags, io).changeOrder(change, first);
    return report(await withProgress(io, "Asking the leader …", asked), flags, io);
  }
  if (action === "tail") return tail(first, flags, io);
  if (second === undefined) throw usage(`Say which value: hearsay order append ${first} VALUE`);
  return append(first, valueFrom(second), flags, io);
}

function report(status: OrderAnswer, flags: OrderFlags, io: CliIo): void {
  if (flags.json) return printJson(io, status);
  const { engine, group, leader, learners, machines, role, state, term, voters } = status;
  const names = (all: readonly string[]): string =>
    all.length === 0 ? "none" : all.map((name) => printable(name)).join(", ");
  printLine(io, `group ${printable(group)} by ${engine}: ${state}, this node is ${role}`);
  printLine(io, `leader ${leader === undefined ? "none" : printable(leader)}, term ${term}`);
  printLine(io, `voters ${names(voters)}`);
  printLine(io, `learners ${names(learners)}`);
  if (machines.length > 0) printLine(io, `in it ${names(machines)}`);
  const { log } = status;
  if (log === undefined) return;
  const { appliedIndex, commitIndex, firstIndex, followers = [], lastIndex } = log;
  const kept = `log ${firstIndex} … ${lastIndex}`;
  printLine(io, `${kept}, committed ${commitIndex}, applied ${appliedIndex}`);
  for (const { heardMs, matchIndex, name, sending } of followers) {
    const heard = `heard of ${Math.round(heardMs)} ms ago`;
    printLine(io, `${printable(name)} has ${matchIndex} (${sending}), ${heard}`);
  }
}

async function append(log: string, value: unknown, flags: OrderFlags, io: CliIo): Promise<void> {
  const { wait } = flags;
  const asked = adminClient(flags, io).appendOrdered(log, { value, ...(wait && { wait }) });
  const { durable, dot, index } = await withProgress(io, "Appending …", asked);
  if (flags.json) return printJson(io, { dot, durable, ...(index !== undefined && { index }) });
  const where = index === undefined ? "no place yet" : `entry ${index}`;
  const name = `${printable(dot.origin)}:${dot.seq}`;
  printLine(io, `${where}, ${name}${durable ? ", on disk" : ""}`);
}

async function tail(log: string, flags: OrderFlags, io: CliIo): Promise<void> {
  const client = adminClient(flags, io);
  const answer = await withProgress(io, "Asking the agent …", client.orderedLog(log, {}));
  await printTail(answer, (question) => client.orderedLog(log, question), flags, io);
  const isListed = flags.follow !== true && !flags.json;
  if (isListed && answer.status === "behind") {
    printLine(io, "There may be more: no leader answered.");
  }
}
