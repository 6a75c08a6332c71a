/** Trees over HyParView between real nodes on loopback sockets, some in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { Cluster, calmSwim, until } from "./cluster.ts";
import { firstLine } from "./first-line.ts";

const program = fileURLToPath(new URL("overlay-process.ts", import.meta.url));
const children: ChildProcess[] = [];
const directories: string[] = [];
let cluster: Cluster;

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await cluster.stop();
  await Promise.all(directories.splice(0).map((path) => rm(path, { recursive: true })));
});

/** Resolves when it has joined. */
async function started(name: string, seed: string): Promise<ChildProcess> {
  const args = ["--import", "tsx", program, name, seed];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await firstLine(child);
  return child;
}

/** A machine that starts five processes at once may be slow to answer. */
const patient = { overlay: "hyparview", hyparview: { neighborTimeoutMs: 5_000 } } as const;

const overlayOf = (node: HearsayNode | undefined) => node?.view().overlay;

test("five processes hear by HyParView what one says, and four after a kill", async () => {
  cluster = new Cluster();
  const node = await cluster.start({ name: "p1", ...patient, swim: calmSwim });
  const names = ["p2", "p3", "p4", "p5"];
  const processes = await Promise.all(names.map((name) => started(name, node.address)));
  const news = node.topic<string>("news", { via: "plumtree" });
  const heard: string[] = [];
  node.topic<string>("heard", { via: "plumtree" }).subscribe(({ value }) => heard.push(value));
  await until("all to be neighbours", () => overlayOf(node)?.active.length === 4);
  for (const value of ["a", "b", "c"]) await news.publish(value);
  const all = names.flatMap((name) => ["a", "b", "c"].map((value) => `${name} ${value}`));
  await until("all to have heard", () => heard.length === 12);
  expect(heard.toSorted()).toEqual(all);
  processes[1]?.kill("SIGKILL");
  await news.publish("d");
  await until("the others to have heard", () => heard.length === 15);
  expect(heard.slice(12).toSorted()).toEqual(["p2 d", "p4 d", "p5 d"]);
  await until("the killed to be gone", () => overlayOf(node)?.active.includes("p3") === false);
}, 240_000);

test("a node comes back into its overlay by what its data directory remembers", async () => {
  cluster = new Cluster();
  const dataDir = await mkdtemp(join(tmpdir(), "hearsay-overlay-"));
  directories.push(dataDir);
  const nodes = await cluster.form(3, patient);
  const seed = nodes[0]?.address ?? "";
  const first = await cluster.start({ name: "p4", ...patient, dataDir, join: [seed] });
  await until("p4 to have neighbours", () => overlayOf(first)?.active.length === 3);
  await first.stop();
  await nodes[0]?.stop();
  // Nobody is named to it, and the one that it joined by is gone.
  const second = await cluster.start({ name: "p4", ...patient, dataDir });
  await until("p4 to be back", () => overlayOf(second)?.active.length === 2);
  expect(overlayOf(second)?.active.toSorted()).toEqual(["p2", "p3"]);
  const heard: unknown[] = [];
  nodes[1]?.topic("t", { via: "plumtree" }).subscribe(({ value }) => heard.push(value));
  await second.topic("t", { via: "plumtree" }).publish("back");
  await until("p2 to hear it", () => heard.length === 1);
}, 120_000);
