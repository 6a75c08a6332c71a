import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { raft } from "../agent/node.ts";
import { runAgent } from "../agent/run-agent.ts";
import { eventually } from "../testing/test-api.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { silent } from "./agents-rig.ts";
import { FakeIo } from "./fake-io.ts";
import { runCli } from "./run-cli.ts";

test("a signal ends the command, and the lock is held until it has ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const orderer = raft({ voters: ["p1"], storage: "memory" });
  const transport = memoryNetwork();
  const node = { name: "p1", transport, bind: "127.0.0.1:0", orderer } as const;
  const agent = await runAgent({ node, admin: "127.0.0.1:0", logger: silent });
  onTestFinished(() => agent.stop());
  await agent.node.order.ready();

  const begun = join(folder, "begun");
  const asked = join(folder, "asked");
  const go = join(folder, "go");
  const write = (file: string) => `fs.writeFileSync(${JSON.stringify(file)}, "")`;
  const code = `
    process.on("SIGTERM", () => ${write(asked)});
    setInterval(() => fs.existsSync(${JSON.stringify(go)}) && process.exit(3), 10);
    ${write(begun)}`;
  const io = new FakeIo();
  const args = ["lock", "run", "nightly", "--admin", agent.adminUrl, "--"];
  const running = runCli([...args, process.execPath, "-e", code], io);
  await eventually(() => existsSync(begun), "the command", 20_000);
  io.sendSignal("SIGTERM");
  await eventually(() => existsSync(asked), "the signal", 20_000);
  expect(agent.node.lock("nightly").status()).toMatchObject({ holder: "p1" });
  writeFileSync(go, "");
  expect(await running).toBe(3);
  const isFree = () => agent.node.lock("nightly").status() === undefined;
  await eventually(isFree, "the lock to be free", 20_000);
});
