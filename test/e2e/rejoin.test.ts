import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { HearsayProcess, hearsay, killStarted, until } from "./hearsay-process.ts";

interface Ready {
  readonly name: string;
  readonly address: string;
  readonly admin: string;
}

const root = mkdtempSync(join(tmpdir(), "hearsay-e2e-"));
afterEach(async () => {
  await killStarted();
  rmSync(root, { recursive: true, force: true });
});

async function startAgent(name: string, bind: string, ...more: readonly string[]) {
  const args = ["agent", "--json", "--name", name, "--bind", bind, "--admin", "127.0.0.1:0"];
  const kept = ["--profile", "local", "--log", "json", "--data-dir", join(root, name)];
  const process = new HearsayProcess([...args, ...kept, ...more]);
  const ready = await process.firstLine<Ready>();
  return { process, ready, admin: ready.admin };
}

async function untilAllSee(
  agents: readonly { readonly admin: string }[],
  names: readonly string[],
): Promise<void> {
  for (const { admin } of agents) {
    let alive: readonly string[] = [];
    await until(
      () => `${names.join(", ")} at ${admin}; it sees ${alive.join(", ")}`,
      async () => {
        const { out } = await hearsay("members", "--json", "--admin", admin);
        const { members }: { members: { name: string; status: string }[] } = JSON.parse(out);
        alive = members.filter(({ status }) => status === "alive").map(({ name }) => name);
        return names.every((name) => alive.includes(name));
      },
    );
  }
}

/** What is on disk is all that the next life knows. */
async function untilKept(name: string, others: readonly string[]): Promise<void> {
  const file = join(root, name, "members.json");
  const kept = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
  await until(
    () => `${others.join(", ")} on the disk of ${name}: ${kept()}`,
    async () => others.every((address) => kept().includes(address)),
  );
}

test("a whole side is killed, comes back from its disks without --join, and all meet", async () => {
  const a = await startAgent("a", "127.0.0.1:0");
  const others = [];
  for (const name of ["b", "c", "d"]) {
    others.push(await startAgent(name, "127.0.0.1:0", "--join", a.ready.address));
  }
  const names = ["a", "b", "c", "d"];
  await untilAllSee([a, ...others], names);
  const killed = [a, ...others.slice(0, 2)];
  for (const { ready } of killed) {
    const rest = [a, ...others].filter((one) => one.ready !== ready);
    await untilKept(
      ready.name,
      rest.map((one) => one.ready.address),
    );
  }
  for (const { process } of killed) process.child.kill("SIGKILL");
  for (const { process } of killed) await process.ended();
  const back = [];
  for (const { ready } of killed) back.push(await startAgent(ready.name, ready.address));
  await untilAllSee([...back, ...others.slice(2)], names);
  expect(back).toHaveLength(3);
});
