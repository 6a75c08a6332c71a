import { type Command, InvalidArgumentError, Option } from "commander";
import { AdminClient } from "../agent/admin-client.ts";
import { agentDefaults } from "../agent/agent.options.ts";
import { secretLines } from "../agent/secret-lines.ts";
import type { CliIo } from "./cli-io.ts";

export interface CommandText {
  /** As commander reads it: `why <name>`. */
  readonly usage: string;
  readonly summary: string;
  /** Command lines that work as they stand. */
  readonly examples: readonly string[];
  readonly notes?: string;
}

export interface JsonFlag {
  readonly json?: boolean;
}

export interface AdminFlags extends JsonFlag {
  readonly admin: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

/** A command as all of ours are: with `--json`, and with examples in its help. */
export function addCommand(program: Command, text: CommandText): Command {
  const examples = text.examples.map((example) => `  $ ${example}\n`).join("");
  const notes = text.notes === undefined ? "" : `\n${text.notes}\n`;
  return program
    .command(text.usage)
    .description(text.summary)
    .option("--json", "print the result as JSON, errors as JSON on stderr")
    .addHelpText("after", `${notes}\nExamples:\n${examples}`);
}

/** A command that drives an agent: also with `--admin`, `--token` and `--token-file`. */
export function addAdminCommand(program: Command, text: CommandText): Command {
  return addCommand(program, text)
    .addOption(
      new Option("--admin <url>", "where the agent is")
        .env("HEARSAY_ADMIN")
        .default(`http://127.0.0.1:${agentDefaults.adminPort}`),
    )
    .addOption(new Option("--token <token>", "the agent's token").env("HEARSAY_TOKEN"))
    .addOption(
      new Option("--token-file <path>", "a file that begins with it").env("HEARSAY_TOKEN_FILE"),
    );
}

export function adminClient(flags: AdminFlags, io: CliIo): AdminClient {
  return new AdminClient({ url: flags.admin, token: tokenOf(flags), signal: io.signal });
}

/** The file may be the agent's own, where the role stands before each token. */
function tokenOf({ token, tokenFile }: AdminFlags): string | undefined {
  if (token !== undefined || tokenFile === undefined) return token;
  const [line = ""] = secretLines(tokenFile, "--token-file");
  return line.split(/\s+/).at(-1);
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** For options `NAME=VALUE` that may be given several times. */
export function collectPair(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Write it like name=value.");
  // Object.fromEntries, for a name like __proto__ is a name like any other.
  return Object.fromEntries([...Object.entries(before), [text.slice(0, at), text.slice(at + 1)]]);
}

/** Makes the reader of a whole number between `min` and `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
