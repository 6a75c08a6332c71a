import type { Command } from "commander";
import { type AgentFlags, addSettingOptions, settingFlags } from "../agent-flags.ts";
import { type CliIo, printJson, printLine } from "../cli-io.ts";
import { addCommand } from "../command.ts";

export function addAgent(program: Command, io: CliIo): void {
  const command = addCommand(program, {
    usage: "agent",
    summary: "run one node until it is told to leave",
    examples: [
      "hearsay agent --name a",
      "hearsay agent --name b --bind 127.0.0.1:7947 --join 127.0.0.1:7946 --admin 127.0.0.1:7981",
      "hearsay agent --config /etc/hearsay/agent.yaml --check-config",
    ],
    notes:
      "Each option can stand in a file (--config) or in a variable: --data-dir is\n" +
      "HEARSAY_DATA_DIR. Flags count before variables, and those before the file; see\n" +
      "docs/agent.md. Other users of this machine can see a command line: give keys and tokens\n" +
      "by the variables HEARSAY_KEY and HEARSAY_TOKEN, or by files.\n" +
      "SIGINT (Ctrl-C) or SIGTERM: the node tells the others that it leaves, then ends; a\n" +
      "second one ends it at once. SIGHUP: it reads its configuration again.",
  });
  command
    .option("--config <path>", "read settings from a YAML or JSON file (env: HEARSAY_CONFIG)")
    .option("--check-config", "say whether the configuration is good, and end")
    .option("--print-config", "print the configuration, secrets masked, and end");
  addSettingOptions(command);
  command.action(async (flags: AgentFlags) => {
    const { runAgentCommand } = await import("../agent-command.ts");
    await runAgentCommand(flags, settingFlags(command), {
      io,
      onReady: (ready) => {
        if (flags.json) return printJson(io, ready);
        printLine(io, `${ready.name} listens on ${ready.address}, admin API at ${ready.admin}`);
      },
    });
  });
}
