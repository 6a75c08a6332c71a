import { CommanderError } from "commander";
import { plainMessage } from "../agent/admin-failure.ts";
import { HearsayError } from "../core/errors.ts";
import { type CliIo, colorsOf } from "./cli-io.ts";
import { Exit } from "./exit.ts";
import { printable } from "./printable.ts";

/** What the user typed is wrong: nothing was done, and the same again will fail again. */
const usageCodes: ReadonlySet<string> = new Set([
  "ADDRESS_INVALID",
  "ADMIN_TOKEN_REQUIRED",
  "ADVERTISE_INVALID",
  "CONFIG_OPTION",
  "KEY_INVALID",
  "NAME_INVALID",
  "PACKAGE_MISSING",
  "SCENARIO_INVALID",
  "TAGS_TOO_LARGE",
  "TAG_RESERVED",
  "USAGE",
]);

export function usageError(message: string): HearsayError {
  return new HearsayError("USAGE", message);
}

/** Tells of `error` on stderr. @returns the exit code. */
export function reportFailure(
  error: unknown,
  io: CliIo,
  { command, isJson }: { readonly isJson: boolean; readonly command?: string },
): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof Exit) return error.code;
  const { code, message } = failureText(error, command === undefined ? "" : ` ${command}`);
  if (isJson) {
    io.err.write(`${JSON.stringify({ code, message })}\n`);
  } else {
    const colors = colorsOf(io.err, io.env);
    io.err.write(`${colors.red(code)}: ${printable(message)}\n`);
  }
  if (code === "INTERNAL" && io.env.HEARSAY_DEBUG && error instanceof Error) {
    io.err.write(`${error.stack}\n`);
  }
  return usageCodes.has(code) ? 2 : 1;
}

/** `command`: whose help tells more, with a space before it. */
function failureText(error: unknown, command: string): { code: string; message: string } {
  if (error instanceof HearsayError) return { code: error.code, message: plainMessage(error) };
  if (error instanceof CommanderError && error.code === "commander.help") {
    return {
      code: "USAGE",
      message: `Say which command, too; hearsay${command} --help lists them.`,
    };
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
    return { code: "USAGE", message: `${message} See: hearsay${command} --help` };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "INTERNAL", message: `${message} (HEARSAY_DEBUG=1 shows where)` };
}
