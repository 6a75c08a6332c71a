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
import { clockTime, printable } from "../printable.ts";
import { tablePrinter } from "../table.ts";
import { matrixText } from "./reachability-table.ts";

const LEVEL_SHOWN_MAX = 1_000;

interface MembersFlags extends AdminFlags {
  readonly status?: MemberStatus;
  readonly near?: string | true;
  readonly matrix?: true;
  readonly detector?: true;
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
      "hearsay members --detector",
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
    .option("--detector", "what the agent's failure detector makes of the others, and how surely")
    .action((flags: MembersFlags) => {
      if (flags.matrix === true) return showMatrix(flags, io);
      if (flags.detector === true) return showSuspicions(flags, io);
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

async function showSuspicions(flags: MembersFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).suspicions();
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  const colors = colorsOf(io.out, io.env);
  const print = await tablePrinter(colors);
  const rows = answer.members.map(({ heardAt, level, name, status }) => [
    printable(name),
    status === "dead" ? colors.red(status) : status,
    levelText(status, level),
    heardAt === undefined ? "-" : clockTime(heardAt),
  ]);
  printLine(io, `By ${answer.detector}; dead from level ${answer.deadLevel} on.`);
  printLine(io, print(["NAME", "VERDICT", "LEVEL", "LAST HEARD"], rows));
}

/** Of who is long dead only that it is beyond doubt. */
function levelText(status: string, level: number): string {
  if (status === "unknown") return "-";
  return level < LEVEL_SHOWN_MAX ? level.toFixed(2) : `> ${LEVEL_SHOWN_MAX}`;
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
    healthStatus(member, colors),
    member.rttMs === undefined ? "-" : `${member.rttMs.toFixed(1)} ms`,
    printable(tags.join(" ")),
  ];
}

/** The status, and beside it what a member that is there says of itself. */
export function healthStatus({ degraded, status }: Member, colors: Colors): string {
  const shown = coloredStatus(status, colors);
  return degraded === undefined ? shown : `${shown}, ${colors.yellow("degraded")}`;
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
