/**
 * Drives `hearsay agent`, the built command line, as a process of its own. What it knows is read
 * from its log, for its admin API may be in a network that a test cannot reach.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { waitUntil } from "./waiting.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const START_MAX_MS = 90_000;

export interface HearsaySetup {
  readonly name: string;
  readonly wire: "serf" | "memberlist";
  readonly profile?: "lan" | "local";
  readonly bind?: string;
  readonly advertise?: string;
  readonly join?: readonly string[];
  readonly launcher?: readonly string[];
}

interface LogLine {
  readonly msg?: string;
  readonly member?: string;
}

export class HearsayAgent {
  readonly name: string;
  /** Of other members that it has seen, the last thing that happened to each. */
  readonly lastOf = new Map<string, string>();
  /** How often each kind of event was logged. */
  readonly counts = new Map<string, number>();
  private readonly child: ChildProcess;
  private listensAt = "";
  private lines: string[] = [];

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
    const { stderr, stdout } = child;
    if (stdout === null || stderr === null) throw new Error("no pipes");
    createInterface({ input: stdout }).once("line", (line) => {
      const { address }: { address: string } = JSON.parse(line);
      this.listensAt = address;
    });
    createInterface({ input: stderr }).on("line", (line) => this.onLogLine(line));
  }

  static async start(setup: HearsaySetup): Promise<HearsayAgent> {
    const { launcher = [] } = setup;
    const [program = "", ...args] = [...launcher, process.execPath, main, "agent", ...flags(setup)];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const agent = new HearsayAgent(setup.name, child);
    const what = (): string => `${setup.name} to listen; log:\n${agent.log}`;
    try {
      await waitUntil(what, START_MAX_MS, () => agent.listensAt !== "");
    } catch (error) {
      await agent.stop();
      throw error;
    }
    return agent;
  }

  /** Where it listens. */
  get address(): string {
    return this.listensAt;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get log(): string {
    return this.lines.join("\n");
  }

  /** Those that it takes for alive, or suspects, itself among them. */
  names(): readonly string[] {
    const living = [this.name];
    for (const [name, last] of this.lastOf) {
      if (last !== "fail" && last !== "leave" && last !== "reap") living.push(name);
    }
    return living.sort();
  }

  async waitForNames(names: readonly string[], timeoutMs: number): Promise<void> {
    const wanted = [...names].sort().join(" ");
    const what = (): string => `${this.name} to see ${wanted}; it sees ${this.names().join(" ")}`;
    await waitUntil(what, timeoutMs, () => this.names().join(" ") === wanted);
  }

  /** Ends it without a word to its cluster. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }

  private onLogLine(line: string): void {
    this.lines.push(line);
    if (this.lines.length > 5_000) this.lines = this.lines.slice(2_500);
    if (!line.startsWith("{")) return;
    const { member, msg = "" }: LogLine = JSON.parse(line);
    const kind = /^member (\w+)$/.exec(msg)?.[1];
    if (kind === undefined || member === undefined || member === this.name) return;
    this.lastOf.set(member, kind);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}

function flags({ advertise, bind, join = [], name, profile, wire }: HearsaySetup): string[] {
  const given = ["--json", "--log", "json", "--name", name, "--wire", wire];
  given.push("--bind", bind ?? "127.0.0.1:0", "--admin", "127.0.0.1:0");
  if (advertise !== undefined) given.push("--advertise", advertise);
  if (profile !== undefined) given.push("--profile", profile);
  for (const address of join) given.push("--join", address);
  return given;
}
