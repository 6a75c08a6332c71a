import type { Command } from "commander";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { usageError } from "../failure.ts";
import { printable } from "../printable.ts";

interface LeaveFlags extends AdminFlags {
  readonly prune?: boolean;
}

export function addLeave(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "leave [name]",
    summary: "make the agent leave the cluster and end; or declare a failed member left",
    examples: ["hearsay leave", "hearsay leave p5", "hearsay leave p5 --prune"],
  })
    .option("--prune", "forget the failed member at once")
    .action((name: string | undefined, flags: LeaveFlags) =>
      name === undefined ? leave(flags, io) : forceLeave(name, flags, io),
    );
}

async function leave(flags: LeaveFlags, io: CliIo): Promise<void> {
  if (flags.prune) throw usageError("--prune needs the name of a failed member.");
  const answer = await withProgress(io, "Leaving …", adminClient(flags, io).leave());
  if (flags.json) return printJson(io, answer);
  const text =
    answer.end === "left"
      ? "has left the cluster"
      : "was stopped: nobody heard the goodbye in time";
  printLine(io, `${printable(answer.name)} ${text}.`);
}

async function forceLeave(name: string, flags: LeaveFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).forceLeave(name, { prune: flags.prune ?? false });
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  printLine(io, `The cluster is being told that ${printable(name)} has left.`);
}
