import { randomBytes } from "node:crypto";
import { type Command, Option } from "commander";
import { keyId } from "../../agent/access/key-id.ts";
import { type CliIo, printJson, printLine } from "../cli-io.ts";
import { addCommand, type JsonFlag } from "../command.ts";

interface KeygenFlags extends JsonFlag {
  readonly bytes: string;
}

export function addKeygen(program: Command, io: CliIo): void {
  addCommand(program, {
    usage: "keygen",
    summary: "make a new key that encrypts a cluster's packets",
    examples: ["hearsay keygen", 'hearsay agent --key "$(hearsay keygen)"'],
    notes: "Every node of a cluster needs the same key.",
  })
    .addOption(
      new Option("--bytes <n>", "length: AES-128, AES-192 or AES-256")
        .choices(["16", "24", "32"])
        .default("32"),
    )
    .action((flags: KeygenFlags) => {
      const key = randomBytes(Number(flags.bytes)).toString("base64");
      if (flags.json) printJson(io, { key, id: keyId(key) });
      else printLine(io, key);
    });
}
