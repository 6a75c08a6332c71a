import type { Command } from "commander";
import type { ReplicaPlace, ReplicaSet } from "../../agent/admin.messages.ts";
import { HearsayError } from "../../core/errors.ts";
import {
  type CliIo,
  type Colors,
  colorsOf,
  printJson,
  printLine,
  withProgress,
} from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { printable } from "../printable.ts";
import { tablePrinter } from "../table.ts";

export function addReplicas(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "replicas [replica] [action] [name]",
    summary: "list who replicates what; with `evict NAME` stop waiting for a member",
    examples: [
      "hearsay replicas",
      "hearsay replicas Commit --json",
      "hearsay replicas Commit evict p5",
    ],
    notes:
      "A topic is called by its tag. What is evicted discards what it kept when it comes back,\n" +
      "and fetches it anew.",
  }).action(
    (
      replica: string | undefined,
      action: string | undefined,
      name: string | undefined,
      flags: AdminFlags,
    ) => run({ replica, action, name }, flags, io),
  );
}

interface Asked {
  readonly replica: string | undefined;
  readonly action: string | undefined;
  readonly name: string | undefined;
}

async function run({ action, name, replica }: Asked, flags: AdminFlags, io: CliIo): Promise<void> {
  if (action === undefined) return listReplicas(replica, flags, io);
  if (action !== "evict" || name === undefined || replica === undefined) {
    throw new HearsayError("USAGE", "Write it like: hearsay replicas Commit evict p5");
  }
  const asked = adminClient(flags, io).evict(replica, name);
  const answer = await withProgress(io, "Evicting …", asked);
  if (flags.json) return printJson(io, answer);
  printLine(io, `evicted ${printable(answer.origin)} from ${printable(answer.replica)}`);
}

async function listReplicas(
  replica: string | undefined,
  flags: AdminFlags,
  io: CliIo,
): Promise<void> {
  const answer = await withProgress(
    io,
    "Asking the agent …",
    adminClient(flags, io).replicas(replica),
  );
  if (flags.json) return printJson(io, answer);
  if (answer.replicas.length === 0) return printLine(io, "Nothing is replicated here.");
  const colors = colorsOf(io.out, io.env);
  const print = await tablePrinter(colors);
  const rows = answer.replicas.flatMap((set) => set.places.map((place) => row(set, place, colors)));
  printLine(io, print(["REPLICA", "NAME", "STANDING", "HERE", "STABLE"], rows));
}

function row(set: ReplicaSet, place: ReplicaPlace, colors: Colors): readonly string[] {
  const { seenCount, stableCount } = set;
  return [
    printable(set.replica),
    printable(place.origin),
    place.standing === "member" ? colors.green(place.standing) : colors.yellow(place.standing),
    place.alive ? "alive" : awayText(place),
    seenCount === undefined ? "-" : `${stableCount ?? 0} of ${seenCount}`,
  ];
}

function awayText({ awayMs }: ReplicaPlace): string {
  return awayMs === undefined ? "away" : `away ${Math.round(awayMs / 60_000)} min`;
}
