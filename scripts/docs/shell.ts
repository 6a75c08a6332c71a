import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isAgent, isEndless, onlyLooks, type ShownCommand } from "./commands.ts";
import { MOVED_ADMIN, movePorts, type Ports } from "./ports.ts";
import { isAsShown } from "./shown-output.ts";

const COMMAND_MAX_MS = 120_000;
/** A cluster may take so long until it is as the page shows it. */
const PATIENCE_MS = 45_000;
/** As `timeout` of the coreutils says it. */
const TIMED_OUT = 124;
const LOOK_AGAIN_MS = 300;
/** What runs on has said that it is there, or has nothing to say; an agent always says it. */
const FIRST_WORD_MAX_MS = 5_000;
const AGENT_WORD_MAX_MS = 60_000;

/** Runs the commands of a page one after the other in a folder of their own. */
export class Shell {
  private readonly folder = mkdtempSync(join(tmpdir(), "hearsay-docs-"));
  private readonly running = new Set<ChildProcess>();
  private readonly env: NodeJS.ProcessEnv;

  private readonly ports: Ports;

  constructor(root: string, ports: Ports) {
    this.ports = ports;
    const bin = join(this.folder, ".bin");
    mkdirSync(bin);
    const main = join(root, "dist", "cli", "main.js");
    writeScript(join(bin, "hearsay"), `exec node '${main}' "$@"`);
    writeScript(join(bin, "npx"), `cd_tool=$1; shift; exec "$cd_tool" "$@"`);
    writeScript(
      join(bin, "tsx"),
      `exec node --import '${join(root, "node_modules/tsx/dist/loader.mjs")}' "$@"`,
    );
    const path = `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
    const own = { PATH: path, HOME: this.folder, NO_COLOR: "1", DOCS_ROOT: root };
    const moved = ports === "moved" ? { HEARSAY_ADMIN: MOVED_ADMIN } : {};
    // An agent warns of variables that look like its settings, as those of tests do.
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith("HEARSAY_"));
    this.env = { ...Object.fromEntries(others), ...own, ...moved };
  }

  /** @returns what is wrong with it, if anything. */
  async run(command: ShownCommand): Promise<string | undefined> {
    if (isEndless(command.text)) return this.start(command);
    const deadlineMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const problem = await this.runOnce(command);
      if (problem === undefined || !onlyLooks(command.text)) return problem;
      if (performance.now() > deadlineMs) return problem;
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** A file of the page, for the commands after it. */
  write(name: string, text: string): void {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${this.withPorts(text)}\n`);
  }

  /** Ends all that still runs, and forgets the files. */
  async end(): Promise<void> {
    this.kill();
    for (const child of this.running) {
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** For who is ended from outside: its agents would keep their ports. */
  kill(): void {
    for (const child of this.running) kill(child);
  }

  private async start({ text }: ShownCommand): Promise<string | undefined> {
    const child = this.spawn(text.replace(/ &$/, ""));
    this.running.add(child);
    const output = gather(child);
    // What goes on beside the next command is not waited for.
    if (text.endsWith(" &")) return undefined;
    const said = once(child.stdout ?? child, "data").catch(() => undefined);
    const limitMs = isAgent(text) ? AGENT_WORD_MAX_MS : FIRST_WORD_MAX_MS;
    const silence = delay(limitMs, "silent", { ref: false });
    const end = await Promise.race([said, once(child, "exit"), silence]);
    if (end === "silent" && isAgent(text)) {
      return `said nothing on stdout in ${limitMs} ms:\n${output.text()}`;
    }
    if (child.exitCode === null || (child.exitCode === 0 && text.includes(" & "))) return undefined;
    return `ended with exit code ${child.exitCode}:\n${output.text()}`;
  }

  private async runOnce({ text, output: shown }: ShownCommand): Promise<string | undefined> {
    const child = this.spawn(text);
    this.running.add(child);
    const printed = gather(child);
    const timer = setTimeout(() => kill(child), COMMAND_MAX_MS);
    await once(child, "close");
    clearTimeout(timer);
    this.running.delete(child);
    const isRefused = /^(?:[\w-]+: )?[A-Z]+(?:_[A-Z]+)+:/m.test(shown ?? "");
    const isTimed = text.startsWith("timeout ") && child.exitCode === TIMED_OUT;
    const isMeant = child.exitCode === 0 || isTimed || (isRefused && child.exitCode !== null);
    if (child.signalCode !== null) return `ended by ${child.signalCode}:\n${printed.text()}`;
    if (!isMeant) return `exit code ${child.exitCode}:\n${printed.text()}`;
    const isShown = [printed.stdout(), printed.text()].some((all) => isAsShown(shown ?? "…", all));
    if (isShown) return undefined;
    return `the page shows\n${shown}but it printed\n${printed.text()}`;
  }

  /** In a process group of its own, for a shell's children outlive it. */
  private spawn(text: string): ChildProcess {
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const options = { cwd: this.folder, env: this.env, detached: true, stdio: [...stdio] };
    return spawn("bash", ["-euo", "pipefail", "-c", this.withPorts(text)], options);
  }

  private withPorts(text: string): string {
    return this.ports === "moved" ? movePorts(text) : text;
  }
}

function writeScript(file: string, line: string): void {
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // All of them have ended.
  }
}

interface Gathered {
  /** Without what is said beside it, on stderr. */
  readonly stdout: () => string;
  readonly text: () => string;
}

function gather(child: ChildProcess): Gathered {
  let stdout = "";
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    text += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return { stdout: () => stdout, text: () => text };
}
