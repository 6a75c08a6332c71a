/** What stands in deploy/ is read by the parsers of those who take it, built from their modules. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { goProgram } from "./go-program.ts";
import { requireInCi } from "./requirements.ts";

const missing = requireInCi("go");
const checker = missing === undefined ? goProgram("deploy-checker") : "";
const manifests = fileURLToPath(new URL("../../deploy/kubernetes/hearsay.yaml", import.meta.url));
const compose = fileURLToPath(new URL("../../deploy/compose/compose.yaml", import.meta.url));

type Variables = Readonly<Record<string, string>>;
const secrets = { HEARSAY_KEY: "k", HEARSAY_TOKEN: "t" };

/** @throws what is wrong of it, on stderr */
async function check(what: "compose" | "kubernetes", file: string, variables: Variables = {}) {
  const run = promisify(execFile);
  const { stdout } = await run(checker, [what, file], { env: { ...process.env, ...variables } });
  const found: readonly string[] = JSON.parse(stdout);
  return found;
}

function changed(file: string, from: string, to: string): string {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-deploy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  const path = join(folder, "changed.yaml");
  writeFileSync(path, text.replace(from, to));
  return path;
}

describe.skipIf(missing !== undefined)("files to deploy", () => {
  it("Kubernetes' types take the manifests, and no field that they do not have", async () => {
    const kinds = [
      "v1 Service",
      "v1 Service",
      "policy/v1 PodDisruptionBudget",
      "apps/v1 StatefulSet",
    ];
    expect(await check("kubernetes", manifests)).toEqual(kinds);
    const wrong: readonly (readonly [string, string, RegExp])[] = [
      ["serviceName:", "serviceNmae:", /unknown field "serviceNmae"/],
      ["periodSeconds: 10", "periodSecond: 10", /unknown field "periodSecond"/],
      ["replicas: 3", 'replicas: "3"', /cannot unmarshal string/],
      ["memory: 512Mi", "memory: 512 MB", /quantities must match/],
      ["kind: PodDisruptionBudget", "kind: PodDisruption", /no kind that is known/],
    ];
    for (const [from, to, why] of wrong) {
      await expect(check("kubernetes", changed(manifests, from, to)), to).rejects.toThrow(why);
    }
  });

  it("compose loads its file, and asks for the secrets", async () => {
    expect(await check("compose", compose, secrets)).toEqual(["agent"]);
    await expect(check("compose", compose)).rejects.toThrow(/HEARSAY_KEY is missing a value/);
    const wrong: readonly (readonly [string, string, RegExp])[] = [
      ["restart:", "restrat:", /restrat/],
      ["stop_grace_period: 20s", "stop_grace_period: [20]", /stop_grace_period/],
      ["interval: 10s", "interval: often", /interval/],
    ];
    for (const [from, to, why] of wrong) {
      const file = changed(compose, from, to);
      await expect(check("compose", file, secrets), to).rejects.toThrow(why);
    }
  });
});
