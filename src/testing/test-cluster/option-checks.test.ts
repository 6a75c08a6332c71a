import { expect, it } from "vitest";
import { createTestCluster } from "./create-test-cluster.ts";

it.each([
  [{}, "nodes is missing"],
  [{ nodes: "abc" }, "nodes is abc"],
  [{ nodes: -1 }, "nodes is -1"],
  [{ nodes: ["a", 1] }, 'nodes is ["a",1]'],
  [{ nodes: 2, foo: 1 }, "foo is no option of a test cluster: nodes, seed"],
  [{ nodes: 2, seed: Number.NaN }, "seed is NaN"],
  [{ nodes: 2, seed: "x" }, "seed is x"],
  [{ nodes: 2, join: "foo" }, 'join is foo, but must be "seeds" or "none"'],
  [{ nodes: 2, messages: "foo" }, "messages is foo"],
  [{ nodes: 2, setup: 3 }, "setup is 3"],
  [{ nodes: 2, options: 3 }, "options is 3"],
  [{ nodes: 2, network: null }, "network is null"],
  [{ nodes: 2, formLimitMs: Number.NaN }, "formLimitMs is NaN"],
  [{ nodes: 2, traceEventsCount: -1 }, "traceEventsCount is -1"],
])("a test cluster refuses %j", async (options, text) => {
  const made = createTestCluster(options as never);
  await expect(made).rejects.toMatchObject({ code: "CONFIG_OPTION" });
  await expect(made).rejects.toThrow(text);
});
