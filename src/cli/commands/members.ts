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

interface MembersFlags extends AdminFlags {
  readonly status?: MemberStatus;
}

export function addMembers(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "members",
    summary: "list who is in the cluster, as the agent sees it",
    examples: ["hearsay members", "hearsay members --status failed --json"],
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
    .action((flags: MembersFlags) => listMembers(flags, io));
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
