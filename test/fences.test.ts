import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fenceRules } from "../scripts/fence-rules.ts";
import { checkFences, type FenceReport, isBroken } from "../scripts/fences.ts";

/** Each planted sin: the file, what it imports, and the rule that has to catch it. */
const sins: readonly (readonly [file: string, imports: string, rule: string])[] = [
  ["src/core/a.ts", "../peers/view.ts", "core-imports-only-itself"],
  ["src/peers/swim/a.ts", "../../exchange/replica.ts", "peers-imports-only-core"],
  ["src/exchange/rumor/a.ts", "../../data/catalog.ts", "exchange-imports-only-core-peers"],
  ["src/data/info/a.ts", "../../peers/view.ts", "data-imports-only-core-exchange"],
  ["src/raft/a.ts", "../exchange/replica.ts", "raft-imports-only-core-peers"],
  ["src/exchange/rumor/b.ts", "../../peers/swim/inner.ts", "layers-meet-at-interfaces"],
  ["src/data/info/b.ts", "../../exchange/rumor/inner.ts", "layers-meet-at-interfaces"],
  ["src/peers/swim/b.ts", "../serf/inner.ts", "siblings-are-strangers"],
  ["src/transport/udp-tcp/a.ts", "../memory/inner.ts", "siblings-are-strangers"],
  ["src/peers/swim/c.ts", "node:fs", "protocols-touch-no-platform"],
  ["src/core/b.ts", "fast-check", "protocols-touch-no-platform"],
  ["src/peers/swim/a.wire.ts", "../../node/start.ts", "wire-files-meet-codecs-only"],
  ["src/peers/swim/d.ts", "./good.wire.ts", "machines-know-no-bytes"],
  ["src/node/a.ts", "../wire/gen/thing.ts", "generated-code-stays-at-the-edge"],
  ["src/wire/a.ts", "../peers/swim/inner.ts", "edges-import-core-and-messages"],
  ["src/storage/a.ts", "../peers/view.ts", "edges-import-core-and-messages"],
  ["src/sim/a.ts", "../transport/memory/inner.ts", "sim-never-transport"],
  ["src/sim/b.ts", "node:crypto", "sim-runs-in-a-browser"],
  ["src/sim/playground/a.ts", "../b.ts", "playground-reaches-no-node"],
  ["src/sim/experiments/portable.ts", "../playground/a.ts", "playground-reaches-no-node"],
  ["src/node/b.ts", "../agent/serve.ts", "library-knows-no-program"],
  ["src/agent/a.ts", "../sim/simulator.ts", "agent-imports-only-node-core-orderer"],
  ["src/cli/a.ts", "../transport/memory/inner.ts", "cli-imports-only-agent-sim-core"],
  ["src/node/c.ts", "hono", "only-programs-load-their-libraries"],
  ["src/node/g.ts", "@grpc/grpc-js", "grpc-is-loaded-when-asked-for"],
  ["src/orderer/a.ts", "../peers/view.ts", "orderer-imports-only-core-node"],
  ["src/orderer/b.ts", "../node/start.ts", "orderer-machine-imports-only-core"],
  ["src/orderer/c.ts", "etcd3", "protocols-touch-no-platform"],
  ["src/orderer/etcd3/a.ts", "etcd3", "etcd3-is-loaded-when-asked-for"],
  ["apps/dashboard/src/a.tsx", "../../../src/node/start.ts", "pages-are-built-of-the-pure"],
  ["apps/dashboard/src/b.ts", "../../../src/agent/serve.ts", "pages-see-messages-of-the-agent"],
  ["src/cli/b.ts", "../../apps/dashboard/src/good.tsx", "nobody-imports-pages"],
  ["src/adapters/a.ts", "../node/start.ts", "adapters-use-the-public-api"],
  ["src/node/d.ts", "fast-check", "sources-need-no-dev-dependency"],
  ["src/node/e.ts", "./start.test.ts", "tests-are-not-imported"],
  ["src/node/f.ts", "./nowhere.ts", "everything-resolves"],
  ["src/core/knot.ts", "./tie.ts", "no-circular"],
];

/** What is allowed, so that a rule which forbids everything fails too. */
const virtues: readonly (readonly [file: string, imports: string])[] = [
  ["src/peers/swim/good.ts", "../../core/clock.ts"],
  ["src/exchange/rumor/good.ts", "../../peers/view.ts"],
  ["src/data/info/good.ts", "../../exchange/replica.ts"],
  ["src/peers/swim/good.wire.ts", "../../wire/gen/thing.ts"],
  ["src/peers/swim/good.test.ts", "node:fs"],
  ["src/transport/udp-tcp/good.ts", "node:dgram"],
  ["src/wire/good.ts", "../peers/swim/swim.messages.ts"],
  ["src/node/good.ts", "../peers/swim/inner.ts"],
  ["src/sim/good.ts", "../peers/swim/inner.ts"],
  ["src/sim/playground/good.ts", "../good.ts"],
  ["src/agent/good.ts", "hono"],
  ["apps/dashboard/src/good.tsx", "../../../src/peers/swim/inner.ts"],
  ["src/orderer/etcd-engine.ts", "../node/start.ts"],
  ["src/orderer/etcd3/load-etcd3.ts", "etcd3"],
];

const targets = [
  "src/core/clock.ts",
  "src/peers/view.ts",
  "src/peers/swim/inner.ts",
  "src/peers/swim/swim.messages.ts",
  "src/peers/serf/inner.ts",
  "src/exchange/replica.ts",
  "src/exchange/rumor/inner.ts",
  "src/data/catalog.ts",
  "src/transport/memory/inner.ts",
  "src/wire/gen/thing.ts",
  "src/node/start.ts",
  "src/node/start.test.ts",
  "src/agent/serve.ts",
  "src/sim/simulator.ts",
];

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function plant(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "hearsay-fences-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** A package manifest and installed packages, as small as resolution allows. */
function household(): Record<string, string> {
  const manifest = { name: "planted", type: "module" };
  const dependencies = { "@grpc/grpc-js": "1.0.0", etcd3: "1.0.0", hono: "1.0.0" };
  const devDependencies = { "fast-check": "1.0.0" };
  const files: Record<string, string> = {
    "package.json": JSON.stringify({ ...manifest, dependencies, devDependencies }),
  };
  for (const name of ["hono", "fast-check", "@grpc/grpc-js", "etcd3"]) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, main: "index.js" });
    files[`node_modules/${name}/index.js`] = "export const one = 1;\n";
  }
  for (const path of targets) files[path] = "export const one = 1;\n";
  return files;
}

describe("the fences", () => {
  let report: FenceReport;
  beforeAll(async () => {
    const files = household();
    for (const [file, imports] of [...sins, ...virtues]) files[file] = `import "${imports}";\n`;
    files["src/core/tie.ts"] = 'import "./knot.ts";\n';
    report = await checkFences(plant(files));
  }, 180_000);

  it.each(sins)("%s may not import %s (%s)", (file, _imports, rule) => {
    const caught = report.violations.filter((line) => line.startsWith(`${file} imports `));
    expect(caught.join("\n")).toContain(`${rule}: `);
  });

  it.each(virtues)("%s may import %s", (file) => {
    expect(report.violations.filter((line) => line.startsWith(`${file} imports `))).toEqual([]);
  });

  it("have a planted violation for every rule", () => {
    const tried = new Set(sins.map(([, , rule]) => rule));
    expect(fenceRules.map((rule) => rule.name).filter((name) => !tried.has(name))).toEqual([]);
  });

  it("are broken by violations and by seeing nothing, and by nothing else", async () => {
    expect(isBroken(report)).toBe(true);
    const nothing = await checkFences(plant({ "src/readme.md": "nothing to see\n" }));
    expect(nothing).toEqual({ moduleCount: 0, violations: [] });
    expect(isBroken(nothing)).toBe(true);
    expect(isBroken({ moduleCount: 1, violations: [] })).toBe(false);
  });
});
