import { HearsayProcess, until } from "../e2e/hearsay-process.ts";

interface Ready {
  readonly name: string;
  readonly address: string;
  readonly admin: string;
}

export interface RunningAgent {
  readonly name: string;
  readonly admin: string;
  readonly address: string;
  /** SIGKILL: no goodbye. */
  kill(): void;
}

/** Five agents on loopback, each a process of its own; all know all when this resolves. */
export async function startAgents(count: number, more: readonly string[]): Promise<RunningAgent[]> {
  const names = Array.from({ length: count }, (_, at) => `p${at + 1}`);
  const [first = "", ...others] = names;
  const seed = await startAgent(first, more);
  const rest = await Promise.all(
    others.map((name) => startAgent(name, [...more, "--join", seed.address])),
  );
  const agents = [seed, ...rest];
  for (const { admin } of agents) await untilAlive(admin, count);
  return agents;
}

async function startAgent(name: string, more: readonly string[]): Promise<RunningAgent> {
  const places = ["--bind", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--profile", "local"];
  const running = new HearsayProcess(["agent", "--json", "--name", name, ...places, ...more]);
  const { address, admin } = await running.firstLine<Ready>();
  return { name, address, admin, kill: () => void running.child.kill("SIGKILL") };
}

/** Unauthenticated where the agent wants a token: then only its own start is waited for. */
async function untilAlive(admin: string, count: number): Promise<void> {
  let aliveCount = 0;
  await until(
    () => `${count} members at ${admin}; ${aliveCount} are alive`,
    async () => {
      const response = await fetch(new URL("/v1/status", admin));
      if (response.status === 401) return true;
      const { members } = (await response.json()) as { members: { alive: number } };
      aliveCount = members.alive;
      return aliveCount === count;
    },
  );
}

/** @throws when the agent refuses */
export async function tellAgent(
  admin: string,
  method: "POST" | "PUT",
  path: string,
  body: object,
): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(new URL(path, admin), {
    method,
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
