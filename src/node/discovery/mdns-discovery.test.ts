import { expect, test } from "vitest";
import { loadMdns } from "./load-mdns.ts";
import { addressesIn, mdnsDiscovery } from "./mdns-discovery.ts";

const service = "_hearsay._udp.local";

function packet(cluster: string) {
  const instance = `x.${service}`;
  return {
    answers: [{ name: service, type: "PTR", data: instance }],
    additionals: [
      { name: instance, type: "SRV", data: { target: "x.local", port: 7_000 } },
      { name: instance, type: "TXT", data: [Buffer.from(`cluster=${cluster}`)] },
      { name: "x.local", type: "A", data: "10.0.0.1" },
      { name: "x.local", type: "AAAA", data: "fd00::1" },
    ],
  };
}

test("nodes of the own cluster are read, those of others are not", () => {
  expect(addressesIn(packet("a"), "a")).toEqual(["10.0.0.1:7000", "[fd00::1]:7000"]);
  expect(addressesIn(packet("b"), "a")).toEqual([]);
});

test("absurd records are passed over", () => {
  expect(addressesIn({}, "a")).toEqual([]);
  expect(addressesIn({ answers: [{ name: service, type: "PTR" }] }, "a")).toEqual([]);
  const strange = packet("a");
  strange.additionals[2] = { name: "x.local", type: "A", data: "; rm" };
  strange.additionals[0] = {
    ...strange.additionals[0],
    data: { target: "x.local", port: 1 },
  } as never;
  expect(addressesIn(strange, "a")).toEqual(["[fd00::1]:1"]);
});

test("a packet whose records all point at each other is passed over", () => {
  const { additionals, answers } = packet("a");
  const times = <T>(list: readonly T[], count: number): T[] =>
    Array.from({ length: count }, () => list).flat();
  expect(
    addressesIn({ answers: times(answers, 10), additionals: times(additionals, 10) }, "a"),
  ).toEqual(["10.0.0.1:7000", "[fd00::1]:7000"]);
  // Hours of work, were it done.
  expect(
    addressesIn({ answers: times(answers, 1_500), additionals: times(additionals, 1_500) }, "a"),
  ).toEqual([]);
});

test("two nodes of a network hear of each other; a third cluster hears nothing", async () => {
  const make = (cluster: string) => mdnsDiscovery({ cluster, interface: "127.0.0.1" });
  const cluster = `test-${process.pid}`;
  const [one, two, other] = [make(cluster), make(cluster), make(`${cluster}-other`)];
  const sources = [one, two, other];
  try {
    for (const source of sources) await source.open?.();
    one.announce?.({ name: "one", address: "127.0.0.1:1001" });
    two.announce?.({ name: "two", address: "127.0.0.1:1002" });
    // It listens for a while only, and a machine may stand still for longer.
    const found = async () => [...(await one.find())].sort();
    await expect.poll(found).toEqual(["127.0.0.1:1001", "127.0.0.1:1002"]);
    expect(await other.find()).toEqual([]);
  } finally {
    for (const source of sources) source.close?.();
  }
});

test("a package that is missing is named, with how to install it", async () => {
  const missing = loadMdns(() => Promise.reject(new Error("not found")));
  await expect(missing).rejects.toMatchObject({ code: "PACKAGE_MISSING" });
  expect(() => mdnsDiscovery({ cluster: "" })).toThrow(/1 to 100/);
});
