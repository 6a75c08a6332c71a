import type { Block } from "./page.ts";

/** A command of a page, and what the page shows of its output. */
export interface ShownCommand {
  readonly place: string;
  readonly text: string;
  /** Undefined where the page shows none. */
  readonly output: string | undefined;
}

/**
 * The commands of a shell block: in `console` those behind `$ `, with their output under them; in
 * `sh` every line.
 */
export function commandsOf({ page, line, language, text, before }: Block): ShownCommand[] {
  const place = `${page}:${line}`;
  const hidden = linesOfShell(before).map((command) => ({
    place,
    text: command,
    output: undefined,
  }));
  if (language === "sh") {
    const shown = linesOfShell(text);
    return [...hidden, ...shown.map((command) => ({ place, text: command, output: undefined }))];
  }
  const commands: ShownCommand[] = [];
  for (const part of text.split(/^\$ /m).slice(1)) {
    const [command = ""] = part.split(/(?<!\\)\n/, 1);
    const output = part.slice(command.length + 1);
    commands.push({ place, text: command, output: output.trim() === "" ? undefined : output });
  }
  return [...hidden, ...commands];
}

function linesOfShell(text: string): string[] {
  const lines = text.split(/(?<!\\)\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

const AGENT = /\b(?:hearsay|serf) agent\b(?!.*--(?:check|print)-config)/;
const ENDLESS =
  /curl -sN|\bhearsay (?:watch\b|top\b(?!.*--once)|\w+ tail\b.*--follow|log tail\b.*--follow)/;
const LOOKS = [
  /\bhearsay \w+ (?:ls|list|get|status|show|tail|health|everywhere)\b/,
  /\bhearsay (?:members|why|top|replicas|query|everywhere)\b/,
  /\b(?:serf members|curl -s)/,
  /^cat [\w-]+[.]log$/,
];

/** It says when it is there, which others may need. */
export function isAgent(command: string): boolean {
  return AGENT.test(command);
}

/** It runs on behind the commands after it, as in a terminal of its own. */
export function isEndless(command: string): boolean {
  if (command.startsWith("timeout ")) return false;
  return AGENT.test(command) || ENDLESS.test(command) || command.endsWith(" &");
}

/** It changes nothing, so it may be asked again until the cluster has come so far. */
export function onlyLooks(command: string): boolean {
  return LOOKS.some((look) => look.test(command));
}
