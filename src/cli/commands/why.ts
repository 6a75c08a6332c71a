import type { Command } from "commander";
import { type CliIo, colorsOf, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { clockTime, printable } from "../printable.ts";
import { coloredStatus } from "./members.ts";

export function addWhy(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "why <name>",
    summary: "show the evidence behind the status of a member, oldest first",
    examples: ["hearsay why p5"],
  }).action((name: string, flags: AdminFlags) => showWhy(name, flags, io));
}

async function showWhy(name: string, flags: AdminFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).why(name);
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  const colors = colorsOf(io.out, io.env);
  printLine(io, `${printable(answer.name)} is ${coloredStatus(answer.status, colors)}.`);
  for (const entry of answer.evidence) {
    printLine(io, `  ${colors.dim(clockTime(entry.at))}  ${printable(entry.text)}`);
  }
  if (answer.evidence.length === 0) printLine(io, "  This node has kept no evidence.");
}
