import { agentLogger } from "../agent/agent-log.ts";
import { type HistoryChoice, type NodeOptions, raft } from "../agent/node.ts";
import { runAgent } from "../agent/run-agent.ts";
import { onStopSignals } from "../agent/stop-signals.ts";
import type { Histories, Orders } from "../agent/topic-book.ts";
import type { CliIo } from "./cli-io.ts";
import type { AgentFlags } from "./commands/agent.ts";
import { infosOf } from "./info-network-flags.ts";

/** What an agent tells once it is up. */
export interface AgentReady {
  readonly name: string;
  readonly address: string;
  /** URL of the admin API. */
  readonly admin: string;
  readonly pid: number;
}

/** Runs an agent until it was told to leave, by a signal or by a client. */
export async function runAgentCommand(
  flags: AgentFlags,
  { io, onReady }: { readonly io: CliIo; readonly onReady: (ready: AgentReady) => void },
): Promise<void> {
  const logger = await agentLogger({
    level: flags.logLevel,
    format: flags.log ?? (io.err.isTerminal ? "text" : "json"),
    node: flags.name,
  });
  // Before the node stands there is nobody to say goodbye for: a signal then ends it at once.
  const stopNow = (): void => process.exit(1);
  let onFirst: (signal: string) => void = stopNow;
  const unlisten = onStopSignals((signal) => onFirst(signal), stopNow);
  try {
    const agent = await runAgent({
      node: nodeOptions(flags),
      admin: flags.admin,
      token: flags.token,
      answers: flags.answer ?? {},
      sensors: flags.aggregate ?? [],
      topics: { histories: historiesOf(flags.history ?? []), orders: ordersOf(flags.causal ?? []) },
      logger,
    });
    onFirst = (signal) => {
      logger.info("leaving", { signal });
      void agent.leave();
    };
    const { name, address } = agent.node;
    onReady({ name, address, admin: agent.adminUrl, pid: process.pid });
    await agent.closed;
  } finally {
    unlisten();
  }
}

/** Only what was asked for: the rest is the node's own default. */
export function nodeOptions(flags: AgentFlags): NodeOptions {
  const { name, bind, advertise, join, joinMin, label, dataDir, overlay, profile, wire } = flags;
  return {
    ...(name === undefined ? {} : { name }),
    ...(bind === undefined ? {} : { bind }),
    ...(advertise === undefined ? {} : { advertise }),
    ...(join === undefined ? {} : { join }),
    ...(joinMin === undefined ? {} : { joinMin }),
    ...(label === undefined ? {} : { label }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(profile === undefined ? {} : { profile }),
    ...(wire === undefined ? {} : { wire }),
    ...(overlay === undefined ? {} : { overlay }),
    ...(flags.tag === undefined ? {} : { tags: flags.tag }),
    ...(flags.key === undefined ? {} : { keys: flags.key }),
    ...infosOf(flags),
    ...ordererOf(flags),
    ...(flags.swim === undefined ? {} : { swim: numbersOf(flags.swim) }),
  };
}

/** @throws HearsayError CONFIG_OPTION */
function ordererOf({ orderGroup, orderStorage, voters }: AgentFlags): Pick<NodeOptions, "orderer"> {
  if (voters === undefined) return {};
  const group = orderGroup === undefined ? {} : { group: orderGroup };
  const storage = orderStorage === undefined ? {} : { storage: orderStorage };
  return { orderer: raft({ voters, ...group, ...storage }) };
}

/** `TOPIC`, or `TOPIC=COUNT` for the most messages that are kept. */
export function historiesOf(texts: readonly string[]): Histories {
  const entries = texts.map((text): [string, HistoryChoice] => {
    const [, topic = text, count] = /^(.+)=(\d+)$/.exec(text) ?? [];
    return [topic, count === undefined ? {} : { keptMaxCount: Number(count) }];
  });
  return Object.fromEntries(entries);
}

/** `TOPIC`, or `TOPIC=GROUP` for one of several that are one conversation. */
export function ordersOf(texts: readonly string[]): Orders {
  const entries = texts.map((text): [string, Orders[string]] => {
    const [, topic = text, causalGroup] = /^(.+)=(.+)$/.exec(text) ?? [];
    return [topic, { order: "causal", ...(causalGroup !== undefined && { causalGroup }) }];
  });
  return Object.fromEntries(entries);
}

/** Text that is a number becomes one; the node refuses what fits no option. */
function numbersOf(pairs: Readonly<Record<string, string>>): Record<string, number | string> {
  const entries = Object.entries(pairs).map(([name, text]): [string, number | string] => {
    const isNumber = /^-?\d+(\.\d+)?$/.test(text);
    return [name, isNumber ? Number(text) : text];
  });
  return Object.fromEntries(entries);
}
