import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { DnsRig } from "../../src/node/discovery/dns-rig.ts";
import { HearsayProcess, hearsay, killStarted, until } from "./hearsay-process.ts";

interface Ready {
  readonly name: string;
  readonly address: string;
  readonly admin: string;
}

interface Listed {
  readonly members: readonly { readonly name: string; readonly status: string }[];
}

afterEach(killStarted);

const anywhere = { HEARSAY_BIND: "127.0.0.1:0", HEARSAY_ADMIN_LISTEN: "127.0.0.1:0" };
const quick = { HEARSAY_PROFILE: "local", HEARSAY_DISCOVERY_EVERY_MS: "500" };

/** Not a single flag but `--json`, by which it tells where it is. */
async function startByVariables(variables: Readonly<Record<string, string>>) {
  const process = new HearsayProcess(["agent", "--json"], { ...anywhere, ...quick, ...variables });
  return { process, ready: await process.firstLine<Ready>() };
}

async function namesAt({ admin }: Ready, token?: string): Promise<string[]> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(`${admin}/v1/members`, { headers });
  const listed: Listed = JSON.parse(await response.text());
  return listed.members.filter(({ status }) => status === "alive").map(({ name }) => name);
}

async function nameServer(): Promise<{ dns: DnsRig; server: string }> {
  const dns = new DnsRig();
  onTestFinished(() => dns.close());
  return { dns, server: await dns.listen() };
}

test("agents configured only by variables join a cluster by its DNS name", async () => {
  const { dns, server } = await nameServer();
  const key = (await hearsay("keygen")).out.trim();
  const common = { HEARSAY_KEY: key, HEARSAY_DISCOVERY_SERVER: server };
  const first = await startByVariables({ ...common, HEARSAY_NAME: "first" });
  // The name does not exist yet, as that of a cluster that is just being made.
  const place = { HEARSAY_DISCOVERY_SRV: "_hearsay._udp.cluster.test" };
  const fresh = await startByVariables({ ...common, ...place, HEARSAY_NAME: "fresh" });
  await until("a failed look", async () => dns.questionsCount > 0);
  expect(await namesAt(fresh.ready)).toEqual(["fresh"]);
  expect((await fetch(`${fresh.ready.admin}/readyz`)).status).toBe(503);
  const port = Number(first.ready.address.split(":")[1]);
  const srv = { name: "_hearsay._udp.cluster.test", type: "SRV" as const };
  dns.records.set(srv.name, [{ ...srv, data: { target: "first.cluster.test", port } }]);
  const name = "first.cluster.test";
  dns.records.set(name, [{ name, type: "A", data: "127.0.0.1" }]);
  await until("the cluster", async () => (await namesAt(first.ready)).length === 2);
  await until("readiness", async () => (await fetch(`${fresh.ready.admin}/readyz`)).ok);
  expect((await namesAt(fresh.ready)).sort()).toEqual(["first", "fresh"]);
});

test("an agent follows its file on SIGHUP, and says what it cannot follow", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "agent.yaml");
  const tokens = join(folder, "tokens");
  const keyring = join(folder, "keyring");
  const [old, young] = ["tokenBeforeTheReload01234", "tokenAfterTheReload012345"];
  const keys = [(await hearsay("keygen")).out.trim(), (await hearsay("keygen")).out.trim()];
  writeFileSync(tokens, `read ${old}\nadmin adminOfTheFileTest012345\n`);
  writeFileSync(keyring, `${keys[0]}\n`);
  const write = (role: string, level: string): void => {
    writeFileSync(
      file,
      `name: p1\nprofile: local\ntags: { role: ${role} }\nkeyringFile: ${keyring}\n` +
        `admin: { tokenFile: ${tokens} }\nlog: { level: ${level}, format: json }\n`,
    );
  };
  write("db", "info");
  const { process, ready } = await startByVariables({ HEARSAY_CONFIG: file });
  expect(await namesAt(ready, old)).toEqual(["p1"]);
  write("web", "debug");
  writeFileSync(file, `label: blue\n`, { flag: "a" });
  writeFileSync(tokens, `read ${young}\nadmin adminOfTheFileTest012345\n`);
  writeFileSync(keyring, `# rotated\n${keys[1]}\n${keys[0]}\n`);
  process.child.kill("SIGHUP");
  await process.until("the warning", () => process.err.includes('"settings":["label"]'));
  expect(process.err).toContain("read again");
  expect(process.err).toContain('"applied":["tags","keys","tokens","logLevel"]');
  const status = async (token: string) =>
    (await fetch(`${ready.admin}/v1/status`, { headers: { authorization: `Bearer ${token}` } }))
      .status;
  expect(await status(old)).toBe(401);
  expect(await status(young)).toBe(200);
  const tokenFile = join(folder, "client-token");
  writeFileSync(tokenFile, "adminOfTheFileTest012345\n");
  const shown = await hearsay(
    "members",
    "--json",
    "--admin",
    ready.admin,
    "--token-file",
    tokenFile,
  );
  expect(JSON.parse(shown.out)).toMatchObject({ members: [{ tags: { role: "web" } }] });
  const ring = await hearsay(
    "keyring",
    "list",
    "--json",
    "--admin",
    ready.admin,
    "--token-file",
    tokenFile,
  );
  expect(JSON.parse(ring.out).keys).toHaveLength(2);
  for (const secret of [old, young, "adminOfTheFileTest", ...keys]) {
    expect(process.err).not.toContain(secret);
    expect(process.out).not.toContain(secret);
  }
});

test("a file that is wrong changes nothing, and is told with its line", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "agent.yaml");
  writeFileSync(file, "name: p1\nlog: { format: json }\n");
  const { process } = await startByVariables({ HEARSAY_CONFIG: file });
  writeFileSync(file, "profile: fast\n");
  process.child.kill("SIGHUP");
  await process.until("the refusal", () => process.err.includes("stays as it was"));
  expect(process.err).toMatch(/agent\.yaml line 1.{0,3}, but must be one of lan/);
  process.child.kill("SIGTERM");
  expect((await process.ended()).code).toBe(0);
});
