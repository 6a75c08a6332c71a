import type { Command } from "commander";
import type { InfoAnswer } from "../../agent/admin.messages.ts";
import type { InfoNetworkAnswer } from "../../agent/routes/info-network.messages.ts";
import {
  addCertificateFlags,
  type CertificateFlags,
  printCertificate,
  wishOf,
} from "../certificate-lines.ts";
import { type CliIo, colorsOf, printJson, printLine, withProgress } from "../cli-io.ts";
import { addAdminCommand, adminClient } from "../command.ts";
import { printInfoNetwork } from "../info-network-status.ts";
import { printable } from "../printable.ts";
import { tablePrinter } from "../table.ts";
import { usage } from "../usage.ts";
import { ttlFrom, valueFrom } from "../value-argument.ts";
import { noticeText } from "./watch.ts";

interface InfoFlags extends CertificateFlags {
  readonly ttl?: number;
  readonly after?: string;
}

export function addInfo(program: Command, io: CliIo): void {
  const command = addAdminCommand(program, {
    usage: "info <action> [key] [value]",
    summary: "keys and values that every node holds: set, get, rm, ls or watch them, wait for all",
    examples: [
      "hearsay info set load:p1 0.5 --ttl 60s",
      "hearsay info get load:p1",
      "hearsay info ls 'load:*'",
      "hearsay info watch 'load:*' --json",
      "hearsay info rm load:p1",
      "hearsay info everywhere load:p1 --timeout 5000",
      "hearsay info status",
    ],
    notes:
      "A value is JSON; what is no JSON is taken as text. ls and watch take a pattern with\n" +
      "* and ?. everywhere waits until every living member is known to hold what this agent\n" +
      "has of the key, and says how that is known; its exit code is 1 when the time is over.\n" +
      "status and sentinel are of agents whose infos travel by gRPC (--info-listen):\n" +
      "where one holds the sentinel all know that they are not cut off; after its end,\n" +
      "`hearsay info sentinel hold` lets another do so, and `sentinel follow` takes it back.",
  });
  addCertificateFlags(command, "everywhere: ")
    .option(
      "--ttl <time>",
      "set: let the value end by itself, such as 500ms, 60s, 5m or 2h",
      ttlFrom,
    )
    .option("--after <cursor>", "watch: only what has happened since that notice")
    .action(
      (action: string, key: string | undefined, value: string | undefined, flags: InfoFlags) =>
        run({ action, key, value }, flags, io),
    );
}

const ACTIONS = "set, get, rm, ls, watch, everywhere, status and sentinel";

interface Asked {
  readonly action: string;
  readonly key: string | undefined;
  readonly value: string | undefined;
}

async function run({ action, key, value }: Asked, flags: InfoFlags, io: CliIo): Promise<void> {
  if (action === "ls") return list(key ?? "*", flags, io);
  if (action === "status") return status(flags, io);
  if (action === "watch") return watch(key ?? "*", flags, io);
  if (key === undefined) throw usage(`Say which key: hearsay info ${action} KEY`);
  if (action === "sentinel") return sentinel(key, flags, io);
  if (action === "everywhere") return everywhere(key, flags, io);
  if (action === "get") return get(key, flags, io);
  if (action === "rm") return remove(key, flags, io);
  if (action !== "set") throw usage(`${action} is none of ${ACTIONS}.`);
  if (value === undefined) throw usage(`Say which value: hearsay info set ${key} VALUE`);
  return set(key, valueFrom(value), flags, io);
}

async function status(flags: InfoFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).infoNetwork();
  await show(await withProgress(io, "Asking the agent …", asked), flags, io);
}

async function sentinel(role: string, flags: InfoFlags, io: CliIo): Promise<void> {
  if (role !== "hold" && role !== "follow") throw usage(`Say hold or follow, not ${role}.`);
  const asked = adminClient(flags, io).setSentinel(role);
  await show(await withProgress(io, "Telling the agent …", asked), flags, io);
}

async function show(answer: InfoNetworkAnswer, flags: InfoFlags, io: CliIo): Promise<void> {
  if (flags.json) printJson(io, answer);
  else await printInfoNetwork(io, answer);
}

async function get(key: string, flags: InfoFlags, io: CliIo): Promise<void> {
  const answer = await withProgress(io, "Asking the agent …", adminClient(flags, io).info(key));
  if (flags.json) printJson(io, answer);
  else printLine(io, printable(JSON.stringify(answer.value)));
}

async function set(key: string, value: unknown, flags: InfoFlags, io: CliIo): Promise<void> {
  const body = flags.ttl === undefined ? { value } : { value, ttlMs: flags.ttl };
  const asked = adminClient(flags, io).setInfo(key, body);
  const answer = await withProgress(io, "Writing …", asked);
  if (flags.json) printJson(io, answer);
  else printLine(io, `set ${printable(key)}${answer.durable ? ", on disk" : ""}`);
}

async function everywhere(key: string, flags: InfoFlags, io: CliIo): Promise<void> {
  await printCertificate(adminClient(flags, io).everywhere(key, wishOf(flags)), flags, io);
}

async function remove(key: string, flags: InfoFlags, io: CliIo): Promise<void> {
  const answer = await withProgress(io, "Deleting …", adminClient(flags, io).removeInfo(key));
  if (flags.json) printJson(io, answer);
  else printLine(io, `deleted ${printable(key)}`);
}

async function list(pattern: string, flags: InfoFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).infos(pattern);
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  if (answer.infos.length === 0) return printLine(io, "No key fits.");
  const print = await tablePrinter(colorsOf(io.out, io.env));
  printLine(io, print(["KEY", "VALUE", "FROM", "ENDS"], answer.infos.map(row)));
}

function row({ expiresAt, from, key, value }: InfoAnswer): readonly string[] {
  const ends = expiresAt === undefined ? "never" : new Date(expiresAt).toISOString();
  return [printable(key), printable(JSON.stringify(value)), printable(from), ends];
}

async function watch(pattern: string, flags: InfoFlags, io: CliIo): Promise<void> {
  const after = flags.after === undefined ? {} : { after: flags.after };
  const wish = { topics: [], members: false, events: false, infos: [pattern], ...after };
  const colors = colorsOf(io.out, io.env);
  for await (const notice of adminClient(flags, io).watch(wish)) {
    if (flags.json) printJson(io, notice);
    else if (notice.kind !== "ready") printLine(io, noticeText(notice, colors, Date.now()));
  }
}
