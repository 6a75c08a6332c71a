/** The brokers under measurement: Debian's servers, on loopback, with nothing on disk. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { freePort } from "../../../test/interop/serf-agent.ts";

const START_MAX_MS = 10_000;
const TRY_EVERY_MS = 50;
const MICROS_PER_TICK = 10_000;

interface BrokerKind {
  readonly program: string;
  readonly debianPackage: string;
  readonly args: (port: string) => readonly string[];
  readonly contact: (port: string) => string;
}

const kinds = {
  nats: {
    program: "nats-server",
    debianPackage: "nats-server",
    args: (port) => ["-a", "127.0.0.1", "-p", port],
    contact: (port) => `127.0.0.1:${port}`,
  },
  redis: {
    program: "redis-server",
    debianPackage: "redis-server",
    args: (port) => ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"],
    contact: (port) => port,
  },
} as const satisfies Record<string, BrokerKind>;

export type BrokerName = keyof typeof kinds;

/** Undefined when it can be started, else the line that installs it. */
export function brokerMissing(name: BrokerName): string | undefined {
  const { debianPackage, program } = kinds[name];
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return `install it with: apt-get install ${debianPackage}`;
  }
}

export class Broker {
  /** What its clients connect to. */
  readonly contact: string;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, contact: string) {
    this.child = child;
    this.contact = contact;
  }

  static async start(name: BrokerName): Promise<Broker> {
    const port = String(await freePort());
    const { args, contact, program } = kinds[name];
    const child = spawn(program, args(port), { stdio: "ignore", cwd: "/" });
    const untilMs = performance.now() + START_MAX_MS;
    while (!(await answers(Number(port)))) {
      if (performance.now() > untilMs) throw new Error(`${program} does not listen`);
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
    return new Broker(child, contact(port));
  }

  /** CPU it has used so far, in microseconds. */
  cpuMicros(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, "utf8");
    // The fields after the name in parentheses; user and system time are the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
