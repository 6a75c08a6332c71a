import type { FakeNode } from "../agent/fake-node.ts";
import type { NodeOptions } from "../agent/node.ts";
import { type Agent, runAgent } from "../agent/run-agent.ts";
import { FakeIo } from "./fake-io.ts";
import { runCli } from "./run-cli.ts";

export const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** An agent whose node is the fake one. */
export function startFakeAgent(
  fake: FakeNode,
  answers: Readonly<Record<string, string>> = {},
): Promise<Agent> {
  const startNode = async () => fake.node;
  return runAgent({ node: {}, admin: "127.0.0.1:0", logger: silent, answers, startNode });
}

/** p1 and p2, which has joined it. */
export async function startTwoAgents(
  transport: NonNullable<NodeOptions["transport"]>,
): Promise<readonly [Agent, Agent]> {
  const start = async (name: string, join: readonly string[]): Promise<Agent> => {
    const node = { name, transport, bind: "127.0.0.1:0", join, joinMin: join.length } as const;
    return runAgent({ node, admin: "127.0.0.1:0", logger: silent });
  };
  const first = await start("p1", []);
  return [first, await start("p2", [first.node.address])];
}

/** What the command prints that is run against this agent. */
export async function runAt(
  { adminUrl }: Pick<Agent, "adminUrl">,
  args: readonly string[],
  io = new FakeIo(),
) {
  const code = await runCli([...args, "--admin", adminUrl], io);
  return { code, out: io.stdout, err: io.stderr };
}
