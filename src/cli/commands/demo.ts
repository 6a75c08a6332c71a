import type { Command } from "commander";
import type { CliIo } from "../cli-io.ts";
import { addCommand, wholeNumber } from "../command.ts";
import { demoDefaults } from "../demo/demo.options.ts";
import type { DemoFlags } from "../demo/run-demo.ts";

export function addDemo(program: Command, io: CliIo): void {
  const { nodesCount, nodesMinCount, nodesMaxCount } = demoDefaults;
  addCommand(program, {
    usage: "demo",
    summary:
      "show a cluster of several processes on this machine: it forms, gossips, notices a death",
    examples: ["hearsay demo", "hearsay demo --nodes 9", "hearsay demo --once --json"],
    notes: "On a terminal the cluster stays up after the story, until Ctrl-C; otherwise it ends.",
  })
    .option("--once", "end after the story")
    .option(
      "--nodes <n>",
      "how many processes",
      wholeNumber(nodesMinCount, nodesMaxCount),
      nodesCount,
    )
    .action(async (flags: DemoFlags) => {
      const { runDemo } = await import("../demo/run-demo.ts");
      await runDemo(flags, io);
    });
}
