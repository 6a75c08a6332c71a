import type { Command } from "commander";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { printable } from "../printable.ts";

export function addJoin(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "join <address...>",
    summary: "make the agent join a cluster through nodes already in it",
    examples: ["hearsay join 127.0.0.1:7947", "hearsay join 10.0.0.4:7946 10.0.0.5:7946"],
    notes: "Succeeds when at least one address answers.",
  }).action((addresses: string[], flags: AdminFlags) => join(addresses, flags, io));
}

async function join(addresses: string[], flags: AdminFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).join(addresses);
  const answer = await withProgress(io, `Joining ${addresses.join(", ")} …`, asked);
  if (flags.json) return printJson(io, answer);
  for (const { address, joined, error } of answer.addresses) {
    const text = joined ? "joined" : `no: ${error ?? "no answer"}`;
    printLine(io, printable(`${address}  ${text}`));
  }
}
