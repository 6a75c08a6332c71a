import type { Logger, LogLevel } from "../node/api.ts";

export type LogFormat = "json" | "text";

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Name of the node, in every JSON line. */
  readonly node?: string | undefined;
}

/** A logger that can be told to say more, or less, from now on. */
export interface AgentLogger extends Logger {
  setLevel(level: LogLevel): void;
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Logs to stderr: `json` lines by pino for machines, `text` lines for people. */
export async function agentLogger(options: LogOptions): Promise<AgentLogger> {
  return options.format === "json" ? await jsonLogger(options) : textLogger(options);
}

async function jsonLogger(options: LogOptions): Promise<AgentLogger> {
  const { default: pino } = await import("pino");
  // Synchronous, or the last lines of a process that ends would be lost.
  const destination = pino.destination({ dest: 2, sync: true });
  destination.on("error", () => {});
  const base = options.node === undefined ? {} : { node: options.node };
  const logger = pino({ level: options.level, base }, destination);
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    setLevel: (level) => {
      logger.level = level;
    },
  };
}

function textLogger(options: LogOptions): AgentLogger {
  let least = levels.indexOf(options.level);
  const write = (level: LogLevel, message: string, fields: object): void => {
    if (levels.indexOf(level) < least) return;
    process.stderr.write(`${formatTextLine(new Date(), level, message, fields)}\n`);
  };
  return {
    debug: (message, fields = {}) => write("debug", message, fields),
    info: (message, fields = {}) => write("info", message, fields),
    warn: (message, fields = {}) => write("warn", message, fields),
    error: (message, fields = {}) => write("error", message, fields),
    setLevel: (level) => {
      least = levels.indexOf(level);
    },
  };
}

/**
 * `12:00:01.234 info  joined peer=p2`; values as JSON, so that no name can draw on the terminal.
 */
export function formatTextLine(at: Date, level: LogLevel, message: string, fields: object): string {
  const time = at.toISOString().slice(11, 23);
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${fieldText(value)}`);
  return `${time} ${level.padEnd(5)} ${message}${pairs.join("")}`;
}

function fieldText(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/@+-]+$/.test(value)) return value;
  try {
    return JSON.stringify(value) ?? "-";
  } catch {
    return "?";
  }
}
