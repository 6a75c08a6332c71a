/**
 * The image is built by the container file and its agent runs, as the user and with the command
 * that the image says: by buildah, which needs no engine, in a chroot.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentStatus } from "../../src/agent/admin.messages.ts";
import { baseNames, fillBase } from "./container-base.ts";
import { requireInCi } from "./requirements.ts";
import { freePort } from "./serf-agent.ts";
import { waitUntil } from "./waiting.ts";

const missing = requireInCi("buildah");
const root = fileURLToPath(new URL("../..", import.meta.url));
const containerFile = join(root, "deploy/container/Dockerfile");
const IMAGE = "localhost/hearsay-under-test";
const BUILD_MAX_MS = 240_000;

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

describe.skipIf(missing !== undefined)("the container file", () => {
  const work = mkdtempSync(join(tmpdir(), "hearsay-container-"));
  let config: ImageConfig;
  let running: ChildProcess | undefined;

  function buildah(...args: readonly string[]): string {
    const store = ["--storage-driver", "vfs", "--root", join(work, "store")];
    const all = [...store, "--runroot", join(work, "run"), ...args];
    const options = { encoding: "utf8", cwd: work, timeout: BUILD_MAX_MS } as const;
    return execFileSync("buildah", all, {
      ...options,
      stdio: ["ignore", "pipe", "inherit"],
    }).trim();
  }

  beforeAll(() => {
    const base = join(work, "base");
    mkdirSync(base);
    fillBase(base);
    const from = buildah("from", "scratch");
    buildah("copy", "--quiet", from, base, "/");
    const environment = ["PATH=/usr/local/bin:/usr/bin:/bin"];
    const certificates = process.env["NODE_EXTRA_CA_CERTS"];
    if (certificates !== undefined) environment.push(`NODE_EXTRA_CA_CERTS=${certificates}`);
    buildah("config", ...environment.flatMap((one) => ["--env", one]), from);
    for (const name of baseNames(containerFile)) {
      buildah("commit", "--quiet", from, `docker.io/library/${name}`);
    }
    const packed = ["pack", "--ignore-scripts", "--silent", "--pack-destination", work];
    const file = execFileSync("npm", packed, { cwd: root, encoding: "utf8" }).trim();
    const how = [
      "--isolation",
      "chroot",
      "--format",
      "docker",
      "--pull-never",
      "--build-arg",
      `PACKAGE=${file}`,
    ];
    buildah("bud", "--quiet", ...how, "-f", containerFile, "-t", IMAGE, ".");
    const told: { readonly Docker: { readonly config: ImageConfig } } = JSON.parse(
      buildah("inspect", "--type", "image", IMAGE),
    );
    config = told.Docker.config;
  }, BUILD_MAX_MS);

  afterAll(async () => {
    if (running?.exitCode === null && running.signalCode === null) {
      running.kill("SIGKILL");
      await once(running, "exit");
    }
    rmSync(work, { recursive: true, force: true });
  });

  it("makes an image whose agent is ready, is not root, and leaves when told", async () => {
    expect(config).toMatchObject({ User: "node", WorkingDir: "/data", Cmd: ["agent"] });
    expect(config.Healthcheck.Test.join(" ")).toContain("/livez");
    const container = buildah("from", "--pull-never", IMAGE);
    const port = await freePort();
    const gossip = await freePort();
    const flags = ["--name", "p1", "--bind", `127.0.0.1:${gossip}`, "--admin", `127.0.0.1:${port}`];
    const store = ["--storage-driver", "vfs", "--root", join(work, "store")];
    const run = ["--runroot", join(work, "run"), "run", "--isolation", "chroot", container, "--"];
    const command = [...config.Entrypoint, ...config.Cmd, ...flags, "--json"];
    running = spawn("buildah", [...store, ...run, ...command], { cwd: work });
    let told = "";
    running.stdout?.setEncoding("utf8").on("data", (text: string) => {
      told += text;
    });
    const admin = `http://127.0.0.1:${port}`;
    await waitUntil("the agent of the container", 60_000, async () => {
      const response = await fetch(`${admin}/readyz`).catch(() => undefined);
      return response?.ok === true;
    });
    const status: AgentStatus = JSON.parse(await (await fetch(`${admin}/v1/status`)).text());
    const { address, pid } = status;
    expect(address).toBe(`127.0.0.1:${gossip}`);
    const user = execFileSync("ps", ["-o", "uid=", "-p", String(pid)], { encoding: "utf8" });
    expect(user.trim()).toBe("1000");
    expect(JSON.parse(told.split("\n")[0] ?? "")).toMatchObject({ name: "p1", admin });
    const ended = once(running, "exit");
    process.kill(pid, "SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});
