/** What stands in deploy/ is what its tools take, and says nothing that an agent does not know. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { agentDefaults } from "../../src/agent/agent.options.ts";
import { checkConfig } from "../../src/agent/config/check-config.ts";
import { loadConfig } from "../../src/agent/config/load-config.ts";
import { unknownVariables } from "../../src/agent/config/text-layers.ts";
import { docOf } from "../../src/agent/openapi/route-catalog.ts";

const GOSSIP_PORT = 7_946;
const pathOf = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));
const textOf = (name: string) => readFileSync(pathOf(name), "utf8");

type Variables = Readonly<Record<string, string>>;

/** Every name is a setting, and every value one that it takes. */
function expectVariables(variables: Variables) {
  expect(unknownVariables(variables)).toEqual([]);
  return loadConfig({ file: undefined, environment: variables, flags: new Map() }).config;
}

function expectProbe(text: string): void {
  const [, port, path] = /127\.0\.0\.1:(\d+)(\/\w+)/.exec(text) ?? [];
  expect(Number(port)).toBe(agentDefaults.adminPort);
  expect(docOf(`GET ${path}`)?.role, `${path} needs no token`).toBeUndefined();
  expect(docOf(`GET ${path}`)).toBeDefined();
}

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.skipIf(!hasSystemd)("systemd takes the unit (needs: apt-get install systemd)", () => {
  const { status, stderr } = spawnSync(
    "systemd-analyze",
    ["verify", pathOf("systemd/hearsay.service")],
    {
      encoding: "utf8",
    },
  );
  expect([status, stderr]).toEqual([0, ""]);
});

test("the unit of systemd starts, reloads and ends an agent as it wants to be", async () => {
  const lines = textOf("systemd/hearsay.service").split("\n");
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
  const variables = values("Environment").map((pair) => pair.split("=") as [string, string]);
  expectVariables(Object.fromEntries(variables));
  expect(values("ExecStart")[0]).toMatch(/ hearsay agent --config \S+$/);
  expect(values("ExecReload")).toEqual(["/bin/kill -HUP $MAINPID"]);
  const graceMs = Number(values("TimeoutStopSec")[0]) * 1_000;
  expect(graceMs).toBeGreaterThan(agentDefaults.leaveTimeoutMs);
  const file = pathOf("systemd/agent.yaml");
  const { config } = loadConfig({ file, environment: {}, flags: new Map() });
  await checkConfig(config);
});

test("the container file is one, and its agent is found where it says", () => {
  const text = textOf("container/Dockerfile");
  expect(validate(text)).toEqual([]);
  const variables = [...text.matchAll(/\b(HEARSAY_\w+)=(\S+)/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  expect(expectVariables(Object.fromEntries(variables)).bind).toBe(`0.0.0.0:${GOSSIP_PORT}`);
  const ports = /^EXPOSE (.*)$/m.exec(text)?.[1]?.split(" ");
  const admin = `${agentDefaults.adminPort}/tcp`;
  expect(ports).toEqual([`${GOSSIP_PORT}/tcp`, `${GOSSIP_PORT}/udp`, admin]);
  expectProbe(/HEALTHCHECK[\s\S]*?CMD (.*)/.exec(text)?.[1] ?? "");
  expect(text).toContain("node_modules/hearsay/dist/cli/main.js");
});

test("the compose file names settings, ports and a probe that there are", () => {
  const file = parse(textOf("compose/compose.yaml"));
  const { environment, expose, healthcheck, stop_grace_period: grace } = file.services.agent;
  const given = Object.entries(environment).map(([name, value]) => {
    // As compose puts in what is asked for or left to its default.
    const text = String(value).replace(/\$\{\w+(?::-(\w+)|:\?[^}]*)\}/, (_, usual) => usual ?? "x");
    return [name, text];
  });
  const config = expectVariables(Object.fromEntries(given));
  expect(config["discovery.dns"]).toEqual([`agent:${GOSSIP_PORT}`]);
  expect(Object.keys(file.services)).toEqual(["agent"]);
  expect(expose).toContain(`${agentDefaults.adminPort}/tcp`);
  expectProbe(healthcheck.test.join(" "));
  expect(Number.parseInt(grace, 10) * 1_000).toBeGreaterThan(agentDefaults.leaveTimeoutMs);
});

interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string };
  readonly spec: ManifestSpec;
}

type Labels = Readonly<Record<string, string>>;

interface Named {
  readonly name: string;
  readonly value?: string;
}

/** Of all kinds at once: what each one has is what its test finds. */
interface ManifestSpec {
  readonly clusterIP: string;
  readonly publishNotReadyAddresses: boolean;
  readonly serviceName: string;
  readonly selector: Labels & { readonly matchLabels?: Labels };
  readonly ports: readonly (Named & { port: number; protocol: string; targetPort: string })[];
  readonly template: {
    readonly metadata: { readonly labels: Labels };
    readonly spec: {
      readonly containers: readonly [Container];
      readonly volumes: readonly Named[];
      readonly terminationGracePeriodSeconds: number;
    };
  };
  readonly volumeClaimTemplates: readonly Manifest[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly env: readonly Named[];
  readonly ports: readonly (Named & { containerPort: number; protocol: string })[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly Named[];
}

test("what Kubernetes is told agrees with itself and with the agent", () => {
  const documents = parseAllDocuments(textOf("kubernetes/hearsay.yaml"));
  const manifests = documents.map((one): Manifest => {
    expect(one.errors).toEqual([]);
    const manifest: Manifest = one.toJS();
    return manifest;
  });
  const find = (kind: string, name: string) =>
    manifests.find((one) => one.kind === kind && one.metadata.name === name)!;
  const set = find("StatefulSet", "hearsay");
  const headless = find("Service", set.spec.serviceName);
  expect(headless.spec.clusterIP).toBe("None");
  expect(headless.spec.publishNotReadyAddresses).toBe(true);
  // By this name the agent asks for the ports of the others.
  expect(headless.spec.ports[0]).toMatchObject({ name: "gossip", protocol: "UDP" });

  const { metadata, spec } = set.spec.template;
  const [agent] = spec.containers;
  for (const one of manifests.filter(({ kind }) => kind !== "StatefulSet")) {
    expect(one.spec.selector.matchLabels ?? one.spec.selector).toEqual(metadata.labels);
  }
  expect(set.spec.selector.matchLabels).toEqual(metadata.labels);

  const ports = new Map(agent.ports.map((one) => [one.name, one] as const));
  for (const { spec: service } of manifests.filter(({ kind }) => kind === "Service")) {
    for (const { port, protocol, targetPort } of service.ports) {
      expect(ports.get(targetPort)).toMatchObject({ containerPort: port, protocol });
    }
  }
  expect(ports.get("admin")).toMatchObject({ containerPort: agentDefaults.adminPort });
  expect(ports.get("gossip")).toMatchObject({ containerPort: GOSSIP_PORT });
  for (const { httpGet } of [agent.livenessProbe, agent.readinessProbe]) {
    expect(docOf(`GET ${httpGet.path}`)).toBeDefined();
    expect(docOf(`GET ${httpGet.path}`)?.role).toBeUndefined();
    expect(ports.has(httpGet.port)).toBe(true);
  }

  const variables = agent.env.map(({ name, value }) => {
    return [name, value?.replace("$(POD_IP)", "10.0.0.1") ?? "10.0.0.1"] as const;
  });
  const config = expectVariables(Object.fromEntries(variables));
  expect(config["discovery.kubernetes"]).toEqual([headless.metadata.name]);
  const volumes = [
    ...spec.volumes.map(({ name }) => name),
    ...set.spec.volumeClaimTemplates.map((one) => one.metadata.name),
  ];
  expect(agent.volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.sort());
  const graceMs = spec.terminationGracePeriodSeconds * 1_000;
  expect(graceMs).toBeGreaterThan(agentDefaults.leaveTimeoutMs);
});
