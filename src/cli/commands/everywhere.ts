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
      "The replica is one of `hearsay replicas`, the update what a write printed: a node, a\n" +
      "life of it, and a number. The exit code is 1 when the time is over. Of an info ask by\n" +
      "its key: `hearsay info everywhere KEY`. What nodes say of themselves has none.",
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
