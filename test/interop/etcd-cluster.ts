/** A cluster of etcd (Debian package `etcd-server`) as outside processes on loopback. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "../../src/core/collections/at.ts";
import { freePort } from "./serf-agent.ts";
import { waitUntil } from "./waiting.ts";

const START_MAX_MS = 60_000;
const ANSWER_MAX_MS = 10_000;
/** Of what a member says, the last lines are shown when something goes wrong. */
const LINES_COUNT = 20;

/** Undefined when it can be started, else the line that installs it. */
export function etcdMissing(): string | undefined {
  try {
    execFileSync("etcd", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "install it with: apt-get install etcd-server";
  }
}

export interface EtcdClusterSetup {
  readonly membersCount?: number;
  /** Where the members' folders go; default the system's temporary folder. */
  readonly folder?: string;
  /** "self-signed": clients speak TLS, with a certificate that each member makes for itself. */
  readonly tls?: "none" | "self-signed";
}

interface Member {
  readonly name: string;
  readonly client: string;
  /** Where it says how it is, without TLS. */
  readonly health: string;
  readonly peer: string;
  readonly folder: string;
  readonly lines: string[];
  child: ChildProcess | undefined;
}

/** Members that can be killed, paused and started again with their disks. */
export class EtcdCluster {
  private readonly members: readonly Member[];
  private readonly folder: string;
  private readonly tls: "none" | "self-signed";
  private readonly onExit = () => this.killAll();

  private constructor(members: readonly Member[], folder: string, tls: "none" | "self-signed") {
    this.members = members;
    this.folder = folder;
    this.tls = tls;
    process.on("exit", this.onExit);
  }

  /** Resolves when every member answers. */
  static async start(setup: EtcdClusterSetup = {}): Promise<EtcdCluster> {
    const { membersCount = 3, tls = "none" } = setup;
    const folder = mkdtempSync(join(setup.folder ?? tmpdir(), "hearsay-etcd-"));
    const members: Member[] = [];
    for (let index = 0; index < membersCount; index += 1) {
      const name = `e${index + 1}`;
      const [client, health, peer] = [await freePort(), await freePort(), await freePort()];
      members.push({
        name,
        client: `${tls === "none" ? "http" : "https"}://127.0.0.1:${client}`,
        health: `http://127.0.0.1:${health}`,
        peer: `http://127.0.0.1:${peer}`,
        folder: join(folder, name),
        lines: [],
        child: undefined,
      });
    }
    const cluster = new EtcdCluster(members, folder, tls);
    for (const member of members) cluster.spawn(member);
    await Promise.all(members.map((_, index) => cluster.answers(index)));
    return cluster;
  }

  get hosts(): string[] {
    return this.members.map(({ client }) => client);
  }

  /** What a client must trust to speak TLS with that member. */
  certificate(index: number): Buffer {
    return readFileSync(join(at(this.members, index).folder, "fixtures/client/cert.pem"));
  }

  /** SIGKILL. */
  async kill(index: number): Promise<void> {
    const member = at(this.members, index);
    const { child } = member;
    if (child === undefined) return;
    member.child = undefined;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  pause(index: number): void {
    at(this.members, index).child?.kill("SIGSTOP");
  }

  resume(index: number): void {
    at(this.members, index).child?.kill("SIGCONT");
  }

  /** With its disk. Does not wait until it answers: alone it does not. */
  restart(index: number): void {
    const member = at(this.members, index);
    if (member.child === undefined) this.spawn(member);
  }

  async answers(index: number): Promise<void> {
    const member = at(this.members, index);
    const what = () => `etcd ${member.name} to answer:\n${member.lines.join("")}`;
    await waitUntil(what, START_MAX_MS, () => isHealthy(member.health), 100);
  }

  async stop(): Promise<void> {
    process.off("exit", this.onExit);
    await Promise.all(this.members.map((_, index) => this.kill(index)));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spawn(member: Member): void {
    const { client, folder, health, name, peer } = member;
    const all = this.members.map((one) => `${one.name}=${one.peer}`).join(",");
    const args = [
      ...["--name", name, "--data-dir", folder],
      ...["--listen-client-urls", client, "--advertise-client-urls", client],
      ...["--listen-metrics-urls", health, ...(this.tls === "none" ? [] : ["--auto-tls"])],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
      ...["--initial-cluster", all, "--initial-cluster-state", "new"],
      ...["--logger", "zap", "--log-level", "warn"],
    ];
    const child = spawn("etcd", args, { stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
    member.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => {
        member.lines.push(text.toString("utf8"));
        member.lines.splice(0, member.lines.length - LINES_COUNT);
      });
    }
  }

  private killAll(): void {
    for (const { child } of this.members) child?.kill("SIGKILL");
  }
}

async function isHealthy(place: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MAX_MS);
    const answer = await fetch(`${place}/health`, { signal });
    return (await answer.text()).includes('"true"');
  } catch {
    return false;
  }
}
