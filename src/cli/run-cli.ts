import { Command, type OutputConfiguration } from "commander";
import { nearestName } from "../agent/config/nearest-name.ts";
import { packageVersion } from "../agent/version.ts";
import { commandCatalog, isCommandName } from "./catalog.ts";
import type { CliIo } from "./cli-io.ts";
import { reportFailure, usageError } from "./failure.ts";

/** Runs one command line. @returns the exit code: 0 ok, 1 failed, 2 usage. Never throws. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    checkHelpTopic(args);
    const program = await makeProgram(args, io);
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    const [command] = args;
    const named = isCommandName(command) ? { command } : {};
    return reportFailure(error, io, { isJson: wantsJson(args), ...named });
  }
}

/** Commander shows the help of all for a command that is none. */
function checkHelpTopic([first, topic]: readonly string[]): void {
  if (first !== "help" || topic === undefined || topic.startsWith("-")) return;
  if (isCommandName(topic) || topic === "help") return;
  const near = nearestName(topic, Object.keys(commandCatalog));
  const hint = near === undefined ? "" : ` (Did you mean ${near}?)`;
  throw usageError(`unknown command '${topic}'${hint} See: hearsay --help`);
}

/** The program with the command of `args`; with all of them when the help or a hint needs them. */
export async function makeProgram(args: readonly string[], io: CliIo): Promise<Command> {
  const program = new Command("hearsay")
    .description("Gossip toolkit: processes find each other, notice who died, spread messages.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showHelpAfterError(false)
    .addHelpText("after", "\nStart here:\n  $ hearsay demo\n")
    .configureOutput(outputOf(io))
    .exitOverride();
  const [name] = args;
  const names = isCommandName(name) ? [name] : Object.keys(commandCatalog).filter(isCommandName);
  for (const one of names) {
    const addCommand = await commandCatalog[one]();
    addCommand(program, io);
  }
  if (args.length === 0) program.action(() => program.help());
  return program;
}

/** Help goes to stdout; what commander says of errors is told by `reportFailure` instead. */
function outputOf(io: CliIo): OutputConfiguration {
  return {
    writeOut: (text) => io.out.write(text),
    writeErr: () => {},
    getOutHelpWidth: () => io.out.columns,
    getOutHasColors: () => io.out.isTerminal,
  };
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
}
