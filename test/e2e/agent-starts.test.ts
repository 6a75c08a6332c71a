/** What an agent that cannot start says, and how one ends: real processes, real signals. */
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { HearsayProcess, killStarted, until } from "./hearsay-process.ts";

interface Ready {
  readonly name: string;
  readonly address: string;
  readonly admin: string;
}

const anywhere = { HEARSAY_BIND: "127.0.0.1:0", HEARSAY_ADMIN_LISTEN: "127.0.0.1:0" };
/** A process that gets `signal` at the moment in which it begins to load the command line. */
function signalled(signal: NodeJS.Signals): HearsayProcess {
  const hook = `let isSent = false;
    export async function resolve(specifier, context, next) {
      if (specifier === "commander" && !isSent) {
        isSent = true;
        process.kill(process.pid, "${signal}");
      }
      return next(specifier, context);
    }`;
  const url = JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`);
  const preload = `import { register } from "node:module"; register(${url});`;
  const options = `--import "data:text/javascript,${encodeURIComponent(preload)}"`;
  return new HearsayProcess(["agent"], { ...anywhere, NODE_OPTIONS: options });
}

const folder = mkdtempSync(join(tmpdir(), "hearsay-starts-"));
const taken = createServer();

beforeAll(async () => {
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  writeFileSync(join(folder, "file"), "");
  writeFileSync(join(folder, "bad.yaml"), "name: p1\nlog:\n  level: info\n bind: x\n");
  writeFileSync(join(folder, "typo.yaml"), "log:\n  levle: info\n");
  writeFileSync(join(folder, "unit.yaml"), "name: p1\ndiscovery: { everyMs: 10s }\n");
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(killStarted);

function takenPort(): number {
  const address = taken.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const wrong: readonly (readonly [string, () => Record<string, string>, number, RegExp])[] = [
  [
    "YAML that is none, with its line",
    () => ({ HEARSAY_CONFIG: join(folder, "bad.yaml") }),
    2,
    /^CONFIG_OPTION: \S+bad\.yaml line [34] is no YAML/,
  ],
  [
    "an unknown key, with the one that may be meant",
    () => ({ HEARSAY_CONFIG: join(folder, "typo.yaml") }),
    2,
    /typo\.yaml line 2: log\.levle is no setting of an agent; did you mean log\.level\?/,
  ],
  [
    "a unit where a number must be",
    () => ({ HEARSAY_CONFIG: join(folder, "unit.yaml") }),
    2,
    /discovery\.everyMs is "10s" \(\S+unit\.yaml line 2\), but must be a whole number from 100/,
  ],
  [
    "an alert that is none",
    () => ({ HEARSAY_MONITOR_ALERTS: "oom=memory over 2e9" }),
    2,
    /monitor\.alerts \(variable HEARSAY_MONITOR_ALERTS\): alert "oom" must be \[STATISTIC\] SENSOR/,
  ],
  [
    "a monitor that is off, and asked for more",
    () => ({ HEARSAY_MONITOR_PART: "off", HEARSAY_MONITOR_SENSORS: "load" }),
    2,
    /monitor\.part is "off", but more is asked; take away/,
  ],
  [
    "a gossip port that is taken",
    () => ({ HEARSAY_BIND: `127.0.0.1:${takenPort()}` }),
    1,
    /^BIND_FAILED: 127\.0\.0\.1:\d+: address already in use: choose another --bind port/m,
  ],
  [
    "an admin port that is taken",
    () => ({ HEARSAY_ADMIN_LISTEN: `127.0.0.1:${takenPort()}` }),
    1,
    /^BIND_FAILED: Cannot listen on .*EADDRINUSE.*choose another port with --admin/m,
  ],
  [
    "a data directory that cannot be one",
    () => ({ HEARSAY_DATA_DIR: join(folder, "file", "x") }),
    1,
    /^DATA_DIR: .*file\/x.* cannot be made \(ENOTDIR.*check its owner and mode/m,
  ],
  [
    "a keyring file that is not there",
    () => ({ HEARSAY_KEYRING_FILE: join(folder, "nothing") }),
    2,
    /^CONFIG_OPTION: keyringFile.*nothing/m,
  ],
];

describe("an agent that cannot start", () => {
  it.each(wrong)("says of %s what is wrong and what to do", async (_, variables, code, why) => {
    const ended = await new HearsayProcess(["agent"], { ...anywhere, ...variables() }).ended();
    expect([ended.code, ended.err]).toEqual([code, expect.stringMatching(why)]);
    expect(ended.err).not.toMatch(/\n\s+at /);
  });

  it("leaves a data directory to the agent that has it", async () => {
    const variables = { ...anywhere, HEARSAY_DATA_DIR: join(folder, "data") };
    const first = new HearsayProcess(["agent", "--json"], variables);
    await first.firstLine<Ready>();
    const second = await new HearsayProcess(["agent"], variables).ended();
    expect([second.code, second.err]).toEqual([1, expect.stringMatching(/^DATA_DIR: .*process/m)]);
    first.child.kill("SIGTERM");
    expect((await first.ended()).code).toBe(0);
  });
});

describe("an agent that ends", () => {
  /** Two of a cluster; leaving takes a while, for the other is to hear of it. */
  async function two(): Promise<{ first: HearsayProcess; second: HearsayProcess; ready: Ready }> {
    const first = new HearsayProcess(["agent", "--json"], {
      ...anywhere,
      HEARSAY_LOG_FORMAT: "json",
    });
    const { address } = await first.firstLine<Ready>();
    const join = { ...anywhere, HEARSAY_JOIN: address, HEARSAY_JOIN_MIN: "1" };
    const second = new HearsayProcess(["agent", "--json"], { ...join, HEARSAY_LOG_FORMAT: "json" });
    return { first, second, ready: await second.firstLine<Ready>() };
  }

  it("is not ready from the first signal on, and lives until it has left", async () => {
    const { first, second, ready } = await two();
    await until("readiness", async () => (await fetch(`${ready.admin}/readyz`)).ok);
    // From before the signal until nobody answers any more, for to leave takes a moment only.
    const seen = lookUntilGone(ready.admin);
    second.child.kill("SIGTERM");
    expect((await second.ended()).code).toBe(0);
    const statuses = await seen;
    const [inLife, leaving] = ["readyz 200, livez 200", "readyz 503, livez 200"];
    expect(statuses).toContain(leaving);
    expect(statuses.filter((one) => one !== inLife && one !== leaving)).toEqual([]);
    expect(statuses.slice(statuses.indexOf(leaving))).not.toContain(inLife);
    await first.until("the goodbye", () => first.err.includes('"msg":"member leave"'));
  });

  it("gives its start up at the first signal, says so, and leaves no lock behind", async () => {
    const dataDir = join(folder, "given-up");
    const others = { HEARSAY_JOIN: "127.0.0.1:1", HEARSAY_JOIN_MIN: "1" };
    const variables = { ...anywhere, ...others, HEARSAY_DATA_DIR: dataDir };
    const waiting = new HearsayProcess(["agent"], variables);
    await waiting.until("another try", () => waiting.err.includes("trying again"));
    expect(readdirSync(dataDir)).toContain("lock.sock");
    waiting.child.kill("SIGTERM");
    const { code, err } = await waiting.ended();
    expect([code, err]).toEqual([0, expect.stringContaining("ended before the node had started")]);
    expect(readdirSync(dataDir)).not.toContain("lock.sock");
  });

  it.each(["SIGTERM", "SIGINT"] as const)("heeds %s while it is loaded", async (signal) => {
    const { code, err, out } = await signalled(signal).ended();
    expect([code, out]).toEqual([0, ""]);
    const lines = err
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ msg: "ended before the node had started", signal });
  });

  it("reads its configuration again when SIGHUP came while it was loaded", async () => {
    const agent = signalled("SIGHUP");
    const isRead = () => agent.err.includes("the configuration was read again");
    await agent.until("the configuration to be read again", isRead);
    agent.child.kill("SIGTERM");
    expect((await agent.ended()).code).toBe(0);
  });

  it("ends at the second signal, with 1", async () => {
    const { second } = await two();
    second.signalAtOnce("SIGINT", "SIGTERM");
    const { code, err } = await second.ended();
    expect([code, err]).toEqual([1, expect.stringContaining('"msg":"leaving"')]);
  });
});

/** What an agent answers to probes, one pair after the other. */
async function lookUntilGone(admin: string): Promise<readonly string[]> {
  const statuses: string[] = [];
  for (;;) {
    try {
      // One after the other: what is not ready any more is not ready again.
      const readyz = await fetch(`${admin}/readyz`);
      const livez = await fetch(`${admin}/livez`);
      statuses.push(`readyz ${readyz.status}, livez ${livez.status}`);
    } catch {
      return statuses;
    }
  }
}
