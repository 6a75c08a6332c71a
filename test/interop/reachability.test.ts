/**
 * Five hosts on one switch, an agent on each, and real cuts between two of them: one way first,
 * then both ways. What each agent says of who reaches whom, what is written on one side and read
 * on the other meanwhile, and how it ends. Here, because only this phase of CI makes networks.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { ReachabilityAnswer } from "../../src/agent/routes/reachability.messages.ts";
import { NamespaceHosts, namespacesMissing } from "./network-namespaces.ts";
import { waitUntil } from "./waiting.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const run = promisify(execFile);
const missing = namespacesMissing();
if (missing !== undefined) console.warn(`${missing}: as root, with iproute2, paths are cut`);

const NAMES = ["p1", "p2", "p3", "p4", "p5"];
const ADMIN = "127.0.0.1:7980";

class Agents {
  private readonly hosts: NamespaceHosts<string>;
  private readonly children: ChildProcess[] = [];

  constructor(hosts: NamespaceHosts<string>) {
    this.hosts = hosts;
  }

  async start(name: string): Promise<void> {
    const { hosts } = this;
    const join = name === NAMES[0] ? [] : ["--join", `${hosts.address(NAMES[0] ?? "")}:7946`];
    const flags = ["--json", "--name", name, "--bind", `${hosts.address(name)}:7946`, ...join];
    const more = ["--admin", ADMIN, "--profile", "local", "--log", "json"];
    const [program, ...words] = [...hosts.launcher(name), process.execPath, main, "agent"];
    const stdio = ["ignore", "pipe", "ignore"] as const;
    const child = spawn(program, [...words, ...flags, ...more], { stdio: [...stdio] });
    this.children.push(child);
    if (child.stdout === null) throw new Error("no pipe");
    await once(createInterface({ input: child.stdout }), "line");
  }

  async ask(name: string, ...args: readonly string[]): Promise<string> {
    const [program, ...words] = [...this.hosts.launcher(name), process.execPath, main];
    const { stdout } = await run(program, [...words, ...args, "--admin", `http://${ADMIN}`]);
    return stdout;
  }

  async wrongAt(name: string): Promise<string> {
    const { exceptions } = await this.matrixAt(name);
    return exceptions.map(({ from, kind, to }) => `${from} ${kind} ${to}`).join(", ");
  }

  async matrixAt(name: string): Promise<ReachabilityAnswer> {
    return JSON.parse(await this.ask(name, "members", "--matrix", "--json"));
  }

  async untilAllSay(wrong: string): Promise<void> {
    let said: string[] = [];
    const what = (): string => `all to say "${wrong}", but they say ${JSON.stringify(said)}`;
    await waitUntil(what, 60_000, async () => {
      said = await Promise.all(NAMES.map((name) => this.wrongAt(name)));
      return said.every((one) => one === wrong);
    });
  }

  async end(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
}

test.skipIf(missing !== undefined)(
  "agents know who reaches whom, and what is written still arrives everywhere",
  async ({ onTestFinished }) => {
    const hosts = new NamespaceHosts(NAMES);
    const agents = new Agents(hosts);
    onTestFinished(async () => {
      await agents.end();
      hosts.remove();
    });
    for (const name of NAMES) await agents.start(name);
    await agents.untilAllSay("");
    const isRead = async (name: string, key: string, value: string): Promise<boolean> => {
      const out = await agents.ask(name, "info", "get", key, "--json").catch(() => "{}");
      return String(JSON.parse(out).value) === value;
    };

    hosts.cut("p1", "p2");
    await agents.untilAllSay("p1 oneWayIn p2, p2 oneWayOut p1");
    hosts.cut("p2", "p1");
    await agents.untilAllSay("p1 indirect p2, p2 indirect p1");
    console.log(await agents.ask("p4", "members", "--matrix"));
    await agents.ask("p1", "info", "set", "from-p1", "1");
    await waitUntil("what p1 wrote at p2", 40_000, () => isRead("p2", "from-p1", "1"));
    await agents.ask("p2", "info", "set", "from-p2", "2");
    await waitUntil("what p2 wrote at p1", 40_000, () => isRead("p1", "from-p2", "2"));
    console.log(await agents.ask("p1", "members", "--matrix"));

    hosts.mend("p1", "p2");
    hosts.mend("p2", "p1");
    await agents.untilAllSay("");
    const isDirect = async () => (await agents.matrixAt("p1")).relayed.length === 0;
    await waitUntil("links of their own", 40_000, isDirect);
    const { members } = JSON.parse(await agents.ask("p3", "members", "--json"));
    expect(members.map(({ status }: { status: string }) => status)).toEqual(
      NAMES.map(() => "alive"),
    );
  },
  240_000,
);
