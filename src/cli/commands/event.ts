import type { Command } from "commander";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { printable } from "../printable.ts";

interface EventFlags extends AdminFlags {
  readonly coalesce?: boolean;
}

export function addEvent(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "event <name> [payload]",
    summary: "send a user event that every node hears, Serf agents too",
    examples: ["hearsay event deploy v2.1"],
  })
    .option("--coalesce", "receivers may keep only the last of several events of this name")
    .action((name: string, payload: string | undefined, flags: EventFlags) =>
      sendEvent({ name, payload: payload ?? "" }, flags, io),
    );
}

async function sendEvent(
  event: { readonly name: string; readonly payload: string },
  flags: EventFlags,
  io: CliIo,
): Promise<void> {
  const asked = adminClient(flags, io).event({ ...event, coalesce: flags.coalesce ?? false });
  const answer = await withProgress(io, "Sending …", asked);
  if (flags.json) return printJson(io, answer);
  printLine(io, `sent ${printable(event.name)}`);
}
