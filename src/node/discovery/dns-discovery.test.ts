import { afterEach, beforeEach, expect, test } from "vitest";
import { dnsDiscovery, kubernetesDiscovery, srvDiscovery } from "./dns-discovery.ts";
import { DnsRig } from "./dns-rig.ts";

let dns: DnsRig;
let servers: readonly string[];

beforeEach(async () => {
  dns = new DnsRig();
  servers = [await dns.listen()];
});
afterEach(() => dns.close());

const a = (name: string, data: string) => ({ name, type: "A" as const, data });
const srv = (name: string, target: string, port: number) => ({
  name,
  type: "SRV" as const,
  data: { target, port },
});

test("addresses of a name, of both families, with the port that was asked for", async () => {
  dns.records.set("nodes.test", [
    a("nodes.test", "10.0.0.1"),
    a("nodes.test", "10.0.0.2"),
    { name: "nodes.test", type: "AAAA", data: "fd00::1" },
  ]);
  const found = await dnsDiscovery("nodes.test:7000", { servers }).find();
  expect(found).toEqual(["10.0.0.1:7000", "10.0.0.2:7000", "[fd00::1]:7000"]);
  expect(await dnsDiscovery("nodes.test", { servers }).find()).toContain("10.0.0.1:7946");
});

test("a name that there is not is told by name and reason", async () => {
  const looking = dnsDiscovery("nobody.test", { servers }).find();
  await expect(looking).rejects.toMatchObject({
    code: "ADDRESS_INVALID",
    message: expect.stringContaining("nobody.test (ENOTFOUND)"),
  });
});

test("services tell ports; a target without an address hides no other", async () => {
  dns.records.set("_h._udp.test", [
    srv("_h._udp.test", "one.test", 1_001),
    srv("_h._udp.test", "gone.test", 1_002),
    srv("_h._udp.test", "two.test", 1_003),
  ]);
  dns.records.set("one.test", [a("one.test", "10.0.0.1")]);
  dns.records.set("two.test", [a("two.test", "10.0.0.2")]);
  const found = await srvDiscovery("_h._udp.test", { servers }).find();
  expect(found).toEqual(["10.0.0.1:1001", "10.0.0.2:1003"]);
});

test("a headless service is found by its port's name, else by its addresses", async () => {
  const domain = "hearsay.prod.svc.cluster.local";
  dns.records.set(domain, [a(domain, "10.1.0.1")]);
  const source = kubernetesDiscovery("hearsay", { namespace: "prod", servers });
  expect(await source.find()).toEqual(["10.1.0.1:7946"]);
  const named = `_gossip._udp.${domain}`;
  dns.records.set(named, [srv(named, `p-0.${domain}`, 7_000)]);
  dns.records.set(`p-0.${domain}`, [a(`p-0.${domain}`, "10.1.0.9")]);
  expect(await source.find()).toEqual(["10.1.0.9:7000"]);
});

test("what is no name and what is no resolver is refused", () => {
  expect(() => dnsDiscovery("10.0.0.1:7946")).toThrow(/no DNS name/);
  expect(() => dnsDiscovery("a b")).toThrow(/no DNS name/);
  expect(() => srvDiscovery("")).toThrow(/no DNS name/);
  expect(() => dnsDiscovery("a.test", { servers: ["resolver.test"] })).toThrow(/no resolver/);
});
