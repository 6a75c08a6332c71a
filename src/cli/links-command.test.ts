import { expect, test } from "vitest";
import { FakeNode } from "../agent/fake-node.ts";
import type { LinkReport } from "../node/api.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { runAt, startFakeAgent, startTwoAgents } from "./agents-rig.ts";

const nothing = { queuedFrames: 0, queuedBytes: 0, unsentBytes: 0 };
const carried = { sentBytes: 20_480, sentFrames: 31, receivedBytes: 900, receivedFrames: 7 };
/** Local time, as people read it. */
const newYear = new Date(2026, 0, 1, 9, 5, 7).getTime();
const links: LinkReport[] = [
  {
    ...{ peer: "p2", state: "up", begun: "dialled", since: newYear, heardAt: 2_000 },
    ...{ ...carried, ...nothing },
  },
  {
    ...{ peer: "p3", state: "up", begun: "accepted", via: "p2", since: Date.now(), heardAt: 2_000 },
    ...{ ...carried, queuedFrames: 12, queuedBytes: 1_500, unsentBytes: 548 },
  },
  { peer: "p4\u001b", state: "opening", ...nothing, queuedFrames: 1, queuedBytes: 40 },
];

test("links are listed with what they carried, and what waits", async () => {
  const fake = new FakeNode("p1");
  const agent = await startFakeAgent(fake);
  try {
    expect((await runAt(agent, ["links"])).out).toBe("This agent has no links now.\n");
    fake.linkReports = links;
    const { code, out } = await runAt(agent, ["links"]);
    expect(code).toBe(0);
    const rows = out.split("\n").map((line) => line.split(/ {2,}/));
    expect(rows[0]?.slice(0, 3)).toEqual(["PEER", "LINK", "SINCE"]);
    expect(rows[1]?.[2]).toBe("2026-01-01 09:05:07");
    expect(rows[2]?.[2]).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(rows[1]?.slice(3, 8)).toEqual(["20K", "31", "900B", "7", "-"]);
    expect(rows[2]?.[1]).toBe("accepted, by way of p2");
    expect(rows[2]?.[7]).toBe("12 frames, 2.0K");
    expect(rows[3]).toEqual(["p4\\u{1b}", "opening", ...Array(5).fill("-"), "1 frame, 40B", "-"]);
    expect(JSON.parse((await runAt(agent, ["links", "--json"])).out)).toEqual({ links });
  } finally {
    await agent.stop();
  }
});

test("of two agents that talk each has a link to the other", async () => {
  const [one, other] = await startTwoAgents(memoryNetwork());
  try {
    other.node.topic("Ask").onRequest(() => 1);
    await one.node.peer("p2").request(one.node.topic("Ask"), 0, { timeoutMs: 5_000 });
    const [link] = JSON.parse((await runAt(one, ["links", "--json"])).out).links;
    expect(link).toMatchObject({ peer: "p2", state: "up", ...nothing });
    expect(link.receivedFrames).toBeGreaterThan(0);
    expect((await runAt(other, ["links"])).out).toMatch(/^p1 +(accepted|dialled) /m);
  } finally {
    await Promise.all([one.stop(), other.stop()]);
  }
});
