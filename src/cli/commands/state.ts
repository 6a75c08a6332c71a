import type { Command } from "commander";
import type { StateAnswer } from "../../agent/routes/state.messages.ts";
import { type CliIo, colorsOf, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { printable } from "../printable.ts";
import { tablePrinter } from "../table.ts";
import { usage } from "../usage.ts";
import { ttlFrom, valueFrom } from "../value-argument.ts";

interface StateFlags extends AdminFlags {
  readonly ttl?: number;
  readonly member?: string;
}

export function addState(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "state <action> [key] [value]",
    summary: "keys and values of each node, which it alone writes: set, get, rm or ls them",
    examples: [
      "hearsay state set role db",
      "hearsay state get role --member p2",
      "hearsay state ls",
      "hearsay state ls 'load:*' --member p2 --json",
      "hearsay state rm role",
    ],
    notes:
      "A value is JSON; what is no JSON is taken as text. set and rm are of the agent's own\n" +
      "node; ls takes a pattern with * and ?, and shows what is known of all nodes.",
  })
    .option(
      "--ttl <time>",
      "set: let the value end by itself, such as 500ms, 60s, 5m or 2h",
      ttlFrom,
    )
    .option("--member <name>", "get, ls: of this node (get: of the agent's own when not said)")
    .action(
      (action: string, key: string | undefined, value: string | undefined, flags: StateFlags) =>
        run({ action, key, value }, flags, io),
    );
}

interface Asked {
  readonly action: string;
  readonly key: string | undefined;
  readonly value: string | undefined;
}

async function run({ action, key, value }: Asked, flags: StateFlags, io: CliIo): Promise<void> {
  if (action === "ls") return list(key ?? "*", flags, io);
  if (!["get", "set", "rm"].includes(action)) throw usage(`${action} is none of set, get, rm, ls.`);
  if (key === undefined) throw usage(`Say which key: hearsay state ${action} KEY`);
  if (action === "get") return get(key, flags, io);
  if (flags.member !== undefined) throw usage("Nobody writes the state of another node.");
  if (action === "rm") return remove(key, flags, io);
  if (value === undefined) throw usage(`Say which value: hearsay state set ${key} VALUE`);
  return set(key, valueFrom(value), flags, io);
}

async function get(key: string, flags: StateFlags, io: CliIo): Promise<void> {
  const client = adminClient(flags, io);
  const asked = async (): Promise<StateAnswer> =>
    client.state(flags.member ?? (await client.status()).name, key);
  const answer = await withProgress(io, "Asking the agent …", asked());
  if (flags.json) printJson(io, answer);
  else printLine(io, printable(JSON.stringify(answer.value)));
}

async function set(key: string, value: unknown, flags: StateFlags, io: CliIo): Promise<void> {
  const body = flags.ttl === undefined ? { value } : { value, ttlMs: flags.ttl };
  const asked = adminClient(flags, io).setState(key, body);
  const answer = await withProgress(io, "Writing …", asked);
  if (flags.json) printJson(io, answer);
  else printLine(io, `set ${printable(key)}${answer.durable ? ", on disk" : ""}`);
}

async function remove(key: string, flags: StateFlags, io: CliIo): Promise<void> {
  const answer = await withProgress(io, "Deleting …", adminClient(flags, io).removeState(key));
  if (flags.json) printJson(io, answer);
  else printLine(io, `deleted ${printable(key)}`);
}

async function list(pattern: string, flags: StateFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).states(pattern, flags.member);
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  if (answer.states.length === 0) return printLine(io, "No key fits.");
  const print = await tablePrinter(colorsOf(io.out, io.env));
  printLine(io, print(["MEMBER", "KEY", "VALUE"], answer.states.map(row)));
}

function row({ key, member, value }: StateAnswer): readonly string[] {
  return [printable(member), printable(key), printable(JSON.stringify(value))];
}
