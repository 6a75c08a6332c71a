import type { NodeOptions } from "../node.ts";
import { type Agent, runAgent } from "../run-agent.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Agents on `transport`; each joins the first. */
export async function startAgents(
  transport: NonNullable<NodeOptions["transport"]>,
  names: readonly string[],
  more: NodeOptions = {},
): Promise<Agent[]> {
  const agents: Agent[] = [];
  for (const name of names) {
    const join = agents.slice(0, 1).map(({ node }) => node.address);
    const node = { ...more, name, transport, bind: "127.0.0.1:0", join, joinMin: join.length };
    agents.push(await runAgent({ node, admin: "127.0.0.1:0", logger: silent }));
  }
  return agents;
}

/** What the agent answers to `GET`, or to a `method` with a body. */
export async function asked<T>(
  { adminUrl }: Pick<Agent, "adminUrl">,
  path: string,
  sent?: { readonly method: "POST" | "PUT" | "DELETE"; readonly body: object },
): Promise<T> {
  const headers = { "content-type": "application/json" };
  const init = sent && { method: sent.method, headers, body: JSON.stringify(sent.body) };
  const response = await fetch(`${adminUrl}${path}`, init);
  return JSON.parse(await response.text()) as T;
}
