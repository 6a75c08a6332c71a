import { afterEach, beforeEach, expect, test } from "vitest";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import type { Agent } from "../run-agent.ts";
import { asked, startAgents } from "./routes-rig.ts";
import type {
  KnownVersionAnswer,
  VersionHistoryAnswer,
  VersionStoresAnswer,
  VersionWriteAnswer,
} from "./versions.messages.ts";

let agent: Agent;

beforeEach(async () => {
  const [only] = await startAgents(memoryNetwork(), ["p1"]);
  agent = only!;
});
afterEach(() => agent.stop());

const put = (key: string, body: object): Promise<VersionWriteAnswer> =>
  asked(agent, `/v1/versions/cart/${key}`, { method: "PUT", body });
const history = (key: string): Promise<VersionHistoryAnswer> =>
  asked(agent, `/v1/versions/cart/${key}/history`);
const hasSeen = ({ seen }: KnownVersionAnswer, seq: number): boolean =>
  seen.some(({ first, last }) => first <= seq && seq <= last);

test("what a version had seen, and what it has replaced", async () => {
  const { context } = await put("ann", { value: "bread" });
  expect(await put("bob", { value: "other key" })).toMatchObject({ status: "ok" });
  expect(await put("ann", { value: "bread, milk", context })).toMatchObject({ status: "ok" });
  const { context: shown, replaced, versions } = await history("ann");
  expect(versions).toMatchObject([{ value: "bread, milk", from: "p1", dot: { seq: 3 } }]);
  expect([1, 3].map((seq) => hasSeen(versions[0]!, seq))).toEqual([true, false]);
  // Of this key only: the write of another key between them is none of its history.
  expect(replaced.map(({ seq }) => seq)).toEqual([1]);
  // Who writes with what was shown replaces that.
  expect(await put("ann", { value: "eggs", context: shown })).toMatchObject({ status: "ok" });
  expect((await history("ann")).versions).toMatchObject([{ value: "eggs" }]);
});

test("a deletion is a version without a value; a key that is not there has none", async () => {
  await put("ann", { value: 1 });
  const read = await asked<{ context: string }>(agent, "/v1/versions/cart/ann");
  await asked(agent, "/v1/versions/cart/ann", {
    method: "DELETE",
    body: { context: read.context },
  });
  const { versions } = await history("ann");
  expect(versions).toHaveLength(1);
  expect(versions[0]).not.toHaveProperty("value");
  expect(hasSeen(versions[0]!, 1)).toBe(true);
  expect(await history("nobody")).toMatchObject({ versions: [], replaced: [] });
  const { stores } = await asked<VersionStoresAnswer>(agent, "/v1/versions");
  expect(stores).toEqual([{ name: "cart", isOpen: true, nodesCount: 1 }]);
});

test("an update of any replica is waited for by its dot", async () => {
  const written = await put("ann", { value: 1 });
  expect(written).toMatchObject({ status: "ok" });
  const { origin } = agent.node;
  const path = `/v1/everywhere?replica=versions/cart&seq=1&origin=${encodeURIComponent(origin)}`;
  const certificate = { everywhere: true, replica: "versions/cart", evidence: [{ name: "p1" }] };
  expect(await asked(agent, path)).toMatchObject(certificate);
  const strange = await asked(agent, "/v1/everywhere?replica=versions/none&seq=1&origin=p1%231");
  expect(strange).toMatchObject({ code: "REPLICA_UNKNOWN" });
  const absurd = await asked(agent, "/v1/everywhere?replica=versions/cart&seq=1&origin=p1");
  expect(absurd).toMatchObject({ code: "ADMIN_BAD_REQUEST" });
});
