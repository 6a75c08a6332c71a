import type { Command } from "commander";
import type { KeyringAnswer } from "../../agent/admin.messages.ts";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";

export function addKeyring(program: Command, io: CliIo): void {
  const keyring = program
    .command("keyring")
    .description("see and change the keys of one agent")
    .addHelpText(
      "after",
      "\nTo change the key of a cluster: install the new key at every agent, use it at every\n" +
        "agent, then remove the old one from every agent.\n" +
        "\nExamples:\n  $ hearsay keyring list\n  $ hearsay keyring use 1f0c5a2b9d3e\n",
    );
  addAdminCommand(keyring, {
    usage: "list",
    summary: "list the ids of the keys; the keys themselves are never shown",
    examples: ["hearsay keyring list"],
  }).action((flags: AdminFlags) => print(adminClient(flags, io).keyring(), flags, io));
  addChange(keyring, io, "install", "add a key; packets sealed with it can be read from now on");
  addChange(keyring, io, "use", "seal packets with this key from now on");
  addChange(keyring, io, "remove", "forget a key; packets sealed with it are dropped");
}

function addChange(
  keyring: Command,
  io: CliIo,
  what: "install" | "use" | "remove",
  summary: string,
): void {
  const argument = what === "install" ? "key" : "key-or-id";
  const example = what === "install" ? "-" : "1f0c5a2b9d3e";
  addAdminCommand(keyring, {
    usage: `${what} <${argument}>`,
    summary,
    examples: [
      `${what === "install" ? "hearsay keygen | " : ""}hearsay keyring ${what} ${example}`,
    ],
    notes: 'A "-" reads it from standard input, out of sight of other users of this machine.',
  }).action(async (key: string, flags: AdminFlags) => {
    const text = key === "-" ? (await io.readInput()).trim() : key;
    await print(adminClient(flags, io).changeKeyring(what, text), flags, io);
  });
}

async function print(asked: Promise<KeyringAnswer>, flags: AdminFlags, io: CliIo): Promise<void> {
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  for (const { id, primary } of answer.keys) printLine(io, primary ? `${id}  primary` : id);
  if (answer.keys.length === 0) printLine(io, "No keys: this node's packets are not encrypted.");
}
