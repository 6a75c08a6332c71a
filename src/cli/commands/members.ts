import { type Command, Option } from "commander";
import type { Member, MemberStatus } from "../../agent/admin.messages.ts";
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
import { matrixText } from "./reachability-table.ts";

interface MembersFlags extends AdminFlags {
  readonly status?: MemberStatus;
  readonly near?: string | true;
  readonly matrix?: true;
}

export function addMembers(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "members",
    summary: "list who is in the cluster, as the agent sees it",
    examples: [
      "hearsay members",
      "hearsay members --status failed --json",
      "hearsay members --near",
      "hearsay members --near p2",
      "hearsay members --matrix",
    ],
  })
    .addOption(
      new Option("--status <status>", "only members of this status").choices([
        "alive",
        "suspect",
        "leaving",
        "left",
        "failed",
      ]),
    )
    .option("--near [name]", "living members by their distance from this agent, or from NAME")
    .option("--matrix", "who reaches whom, and how, as this agent knows it")
    .action((flags: MembersFlags) => {
      if (flags.matrix === true) return showMatrix(flags, io);
      return flags.near === undefined ? listMembers(flags, io) : listNear(flags, io);
    });
}

async function showMatrix(flags: MembersFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).reachability();
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  const colors = colorsOf(io.out, io.env);
  printLine(io, matrixText(answer, { colors, table: await tablePrinter(colors) }));
}

async function listMembers(flags: MembersFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).members();
  const { local, members } = await withProgress(io, "Asking the agent …", asked);
  const wanted = members
    .filter((member) => flags.status === undefined || member.status === flags.status)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  if (flags.json) return printJson(io, { local, members: wanted });
  const colors = colorsOf(io.out, io.env);
  const print = await tablePrinter(colors);
  const rows = wanted.map((member) => memberRow(member, local, colors));
  printLine(io, print(["NAME", "ADDRESS", "STATUS", "RTT", "TAGS"], rows));
}

async function listNear(flags: MembersFlags, io: CliIo): Promise<void> {
  const client = adminClient(flags, io);
  const { near: from } = flags;
  const ask = async () =>
    client.near(typeof from === "string" ? from : (await client.members()).local);
  const answer = await withProgress(io, "Asking the agent …", ask());
  if (flags.json) return printJson(io, answer);
  const print = await tablePrinter(colorsOf(io.out, io.env));
  const rows = answer.near.map(({ errorRatio, measuredMs, name, rttMs }) => [
    printable(name),
    milliseconds(rttMs),
    errorRatio !== undefined ? `${Math.round(errorRatio * 100)} %` : "-",
    milliseconds(measuredMs),
  ]);
  printLine(io, print(["NAME", "ESTIMATE", "MAY BE OFF BY", "MEASURED"], rows));
}

function milliseconds(value: number | undefined): string {
  return value !== undefined ? `${value.toFixed(1)} ms` : "-";
}

function memberRow(member: Member, local: string, colors: Colors): readonly string[] {
  const tags = Object.entries(member.tags).map(([name, value]) => `${name}=${value}`);
  const name = printable(member.name);
  return [
    member.name === local ? `${name} (this agent)` : name,
    printable(member.address),
    coloredStatus(member.status, colors),
    member.rttMs === undefined ? "-" : `${member.rttMs.toFixed(1)} ms`,
    printable(tags.join(" ")),
  ];
}

export function coloredStatus(status: MemberStatus, colors: Colors): string {
  switch (status) {
    case "alive":
      return colors.green(status);
    case "failed":
      return colors.red(status);
    default:
      return colors.yellow(status);
  }
}
