import { expect, it } from "vitest";
import { etcd } from "./etcd.ts";

const good = { hosts: ["127.0.0.1:2379"], voters: ["p1"] };

it("makes a choice that a node can load", async () => {
  const choice = etcd({ ...good, group: "g", storage: "memory" });
  expect(choice).toMatchObject({ engine: "etcd", group: "g", storage: "memory" });
  expect(typeof (await choice.load()).mount).toBe("function");
});

it("refuses what makes no sense, and says what does", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /takes an object/],
    [{ ...good, host: "x" }, /no option host. Known: auth, credentials, group/],
    [{ ...good, hosts: [] }, /hosts must be a list of places/],
    [{ ...good, hosts: "127.0.0.1:2379" }, /hosts must be a list/],
    [{ ...good, voters: ["p1", ""] }, /voters must be a list of names/],
    [{ ...good, voters: ["p1", "p1"] }, /voters says one thing twice/],
    [{ ...good, hosts: ["https://a:1", "b:1"] }, /all be https/],
    [{ ...good, hosts: ["a:1", "https://me:secret@b:1"] }, /entry 2 holds (?!.*secret)/],
    [{ ...good, namespace: "" }, /namespace must be a text/],
    [{ ...good, storage: "tape" }, /storage must be/],
  ];
  for (const [choice, words] of cases) {
    expect(() => etcd(choice as typeof good)).toThrow(words);
    expect(() => etcd(choice as typeof good)).toThrow(/CONFIG_OPTION/);
  }
});

it("refuses numbers that make no sense when it is loaded", async () => {
  const choice = etcd({ ...good, options: { leaseTtlMs: 100 } });
  await expect(choice.load()).rejects.toThrow(/leaseTtlMs must be 2000 or more/);
});
