import type { Command } from "commander";
import { parseOrigin } from "../../core/peer.ts";
import {
  addCertificateFlags,
  type CertificateFlags,
  printCertificate,
  wishOf,
} from "../certificate-lines.ts";
import type { CliIo } from "../cli-io.ts";
import { addAdminCommand, adminClient } from "../command.ts";
import { usage } from "../usage.ts";

export function addEverywhere(program: Command, io: CliIo): void {
  const command = addAdminCommand(program, {
    usage: "everywhere <replica> <update>",
    summary: "waits until every living member has an update, and says how that is known",
    examples: [
      "hearsay everywhere versions/cart p1#1795272144772:3",
      "hearsay everywhere operations/chat p1#1795272664769:1 --timeout 5000",
      "hearsay everywhere Commit p2#1795272664801:7 --view members --proof held --json",
    ],
    notes:
      "The replica is one of `hearsay replicas`, the update what a write printed: a node, a life of\n" +
      "it, and a number. Of an info ask by its key: `hearsay info everywhere KEY`. The exit code is\n" +
      "1 when the time is over. What a node says of itself (`hearsay state`) has none: it is read\n" +
      "as that of its node, and what others have of it is as old as their last exchange.",
  });
  addCertificateFlags(command).action(
    async (replica: string, update: string, flags: CertificateFlags) => {
      const wish = { ...wishOf(flags), replica, ...dotIn(update) };
      await printCertificate(adminClient(flags, io).updateEverywhere(wish), flags, io);
    },
  );
}

function dotIn(update: string): { readonly origin: string; readonly seq: number } {
  const [, origin = "", seq = ""] = /^(.+):([1-9]\d{0,15})$/.exec(update) ?? [];
  if (parseOrigin(origin) !== undefined) return { origin, seq: Number(seq) };
  throw usage(`${update} is no update such as p1#1795272144772:3.`);
}
