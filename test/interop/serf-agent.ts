/** Drives a real Serf agent (Debian package `serf`) as an outside process. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { waitUntil } from "./waiting.ts";

/** Each look is a process. */
const SERF_POLL_MS = 400;

const run = promisify(execFile);

/** Undefined when the agent is installed, else the line that installs it. */
export function serfMissing(): string | undefined {
  try {
    execFileSync("serf", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "install it with: apt-get install serf";
  }
}

/** Below all ports that systems give to outgoing connections, which could take one meanwhile. */
const PORTS_FIRST = 12_000;
const PORTS_COUNT = 18_000;
let nextPort = Math.floor(Math.random() * PORTS_COUNT);

/** A port that nobody has now, neither for TCP nor for UDP, and that is given out once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS_FIRST + nextPort;
    nextPort = (nextPort + 1) % PORTS_COUNT;
    if ((await isFreeForTcp(port)) && (await isFreeForUdp(port))) return port;
  }
}

function isFreeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.on("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}

export interface SerfSetup {
  readonly name: string;
  readonly key?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** `ip:port`; default a free port of 127.0.0.1. */
  readonly bind?: string;
  readonly advertise?: string;
  readonly profile?: "lan" | "local";
  /** What the program is started by, as `ip netns exec NAME`. Its commands are run by it, too. */
  readonly launcher?: readonly string[];
}

export interface SerfMemberRow {
  readonly name: string;
  readonly addr: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

interface SerfProcess {
  readonly name: string;
  readonly address: string;
  readonly rpc: string;
  readonly launcher: readonly string[];
  readonly child: ChildProcess;
  readonly lines: string[];
}

function flags({ advertise, key, name, profile, tags = {} }: SerfSetup): string[] {
  const given = ["-node", name];
  for (const [tag, value] of Object.entries(tags)) given.push("-tag", `${tag}=${value}`);
  if (key !== undefined) given.push("-encrypt", key);
  if (profile !== undefined) given.push("-profile", profile);
  if (advertise !== undefined) given.push("-advertise", advertise);
  return given;
}

export class SerfAgent {
  readonly name: string;
  readonly address: string;
  private readonly rpc: string;
  private readonly launcher: readonly string[];
  private readonly child: ChildProcess;
  private readonly lines: string[];

  private constructor(started: SerfProcess) {
    this.name = started.name;
    this.address = started.address;
    this.rpc = started.rpc;
    this.launcher = started.launcher;
    this.child = started.child;
    this.lines = started.lines;
  }

  /** Starts an agent on loopback and waits until its RPC port answers. */
  static async start(options: SerfSetup): Promise<SerfAgent> {
    const address = options.bind ?? `127.0.0.1:${await freePort()}`;
    const rpc = `127.0.0.1:${await freePort()}`;
    const { launcher = [] } = options;
    const command = [...launcher, "serf", "agent", "-bind", address, "-rpc-addr", rpc];
    const [program = "", ...args] = [...command, "-log-level", "debug", ...flags(options)];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    const keep = (chunk: Buffer) => {
      lines.push(...chunk.toString().split("\n"));
      if (lines.length > 20_000) lines.splice(0, 10_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const agent = new SerfAgent({ name: options.name, address, rpc, launcher, child, lines });
    try {
      await agent.waitUntil("its RPC to answer", 40_000, async () => {
        if (child.exitCode !== null) throw new Error(`serf agent ended:\n${lines.join("\n")}`);
        return (await agent.tryCommand("info")) !== undefined;
      });
    } catch (error) {
      await agent.stop();
      throw error;
    }
    return agent;
  }

  /** Everything the agent has logged, newest last. */
  get log(): string {
    return this.lines.join("\n");
  }

  async command(...words: string[]): Promise<string> {
    const [verb = "", ...rest] = words;
    const command = [...this.launcher, "serf", verb, `-rpc-addr=${this.rpc}`, ...rest];
    const [program = "", ...args] = command;
    const { stdout } = await run(program, args, { timeout: 60_000 });
    return stdout;
  }

  private async tryCommand(...words: string[]): Promise<string | undefined> {
    try {
      return await this.command(...words);
    } catch {
      return undefined;
    }
  }

  async members(): Promise<readonly SerfMemberRow[]> {
    const parsed: { members: SerfMemberRow[] } = JSON.parse(
      await this.command("members", "-format=json"),
    );
    return parsed.members;
  }

  async member(name: string): Promise<SerfMemberRow | undefined> {
    return (await this.members()).find((row) => row.name === name);
  }

  async waitForStatus(name: string, status: string, timeoutMs: number): Promise<SerfMemberRow> {
    let row: SerfMemberRow | undefined;
    await this.waitUntil(`${name} to be ${status}`, timeoutMs, async () => {
      row = await this.member(name);
      return row?.status === status;
    });
    return row as SerfMemberRow;
  }

  /** Those that it takes for alive; Serf does not show whom it suspects. */
  async names(): Promise<readonly string[]> {
    const living = (await this.members()).filter(({ status }) => status === "alive");
    return living.map(({ name }) => name).sort();
  }

  async waitForNames(names: readonly string[], timeoutMs: number): Promise<void> {
    const wanted = [...names].sort().join(" ");
    let seen = "";
    const what = (): string => `${this.name} to see ${wanted}; it sees ${seen}`;
    await waitUntil(
      what,
      timeoutMs,
      async () => {
        seen = (await this.names()).join(" ");
        return seen === wanted;
      },
      SERF_POLL_MS,
    );
  }

  async waitForLog(pattern: RegExp, timeoutMs: number): Promise<void> {
    await this.waitUntil(`a log line like ${pattern}`, timeoutMs, async () =>
      this.lines.some((line) => pattern.test(line)),
    );
  }

  private async waitUntil(
    what: string,
    timeoutMs: number,
    test: () => Promise<boolean>,
  ): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!(await test())) {
      if (Date.now() > end) {
        throw new Error(`${this.name} waited ${timeoutMs} ms for ${what}; log:\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Sends a signal to this agent's own process. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }
}
