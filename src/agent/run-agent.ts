import type { AlertRule, HearsayNode, Logger, NodeOptions } from "../node/api.ts";
import { checkAdminAddress, parseAdminAddress } from "./access/admin-address.ts";
import { AdminTokens } from "./access/admin-tokens.ts";
import type { LeaveAnswer } from "./admin.messages.ts";
import { type AdminApp, adminApp } from "./admin-app.ts";
import { type AdminServer, listenAdmin } from "./admin-server.ts";
import { type AgentOptions, agentDefaults } from "./agent.options.ts";
import { AgentAlerts } from "./agent-alerts.ts";
import { openSensors, type SensorName } from "./metrics/sensors.ts";
import type { ReadinessSetup } from "./readiness.ts";
import type { AgentTopics } from "./topic-book.ts";
import { packageVersion } from "./version.ts";

export interface AgentSetup {
  readonly node: NodeOptions;
  /** `host:port` of the admin API. Default 127.0.0.1:7980; port 0 = any free one. */
  readonly admin?: string | undefined;
  /** Clients must show one. Required when `admin` is not a loopback address. Default: none. */
  readonly tokens?: AdminTokens | undefined;
  readonly logger: Logger;
  /** Fixed answers to queries, on Serf's wire too, by the name of the query. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly limits?: Partial<AgentOptions>;
  /** Topics whose past is kept, or that are told in an order. Default: none. */
  readonly topics?: AgentTopics;
  /** Aggregates that the agent takes part in. Default: none. */
  readonly sensors?: readonly SensorName[];
  /** Told by the log of the agent that tells of them. Default: none. */
  readonly alerts?: readonly AlertRule[];
  /** Another way to start the node; tests only. */
  readonly startNode?: (options: NodeOptions) => Promise<HearsayNode>;
}

/** A node and its admin API, until one of them ends. */
export interface Agent {
  readonly node: HearsayNode;
  readonly adminUrl: string;
  /** Resolves when the agent has ended, and how; `node.closed` tells what ended the node. */
  readonly closed: Promise<LeaveAnswer["end"]>;
  /** @throws HearsayError CONFIG_OPTION, STORE_FULL, MONITOR_OFF */
  setAlerts(rules: readonly AlertRule[]): void;
  /** Tells the cluster, then ends. Bounded: what takes too long becomes a stop. */
  leave(): Promise<LeaveAnswer>;
  /** Ends at once; to others it looks like a crash. */
  stop(): Promise<void>;
}

/**
 * Starts a node with an admin API.
 * @throws HearsayError ADMIN_TOKEN_REQUIRED, BIND_FAILED, and what `startNode` throws.
 */
export async function runAgent(setup: AgentSetup): Promise<Agent> {
  const address = parseAdminAddress(setup.admin ?? "");
  const tokens = setup.tokens ?? new AdminTokens();
  checkAdminAddress(address, tokens);
  const numbers = { ...agentDefaults, ...setup.limits };
  // Before the node: a port that is taken must not make the cluster see a node come and go.
  const server = await listenAdmin(address, numbers);
  try {
    const startNode = setup.startNode ?? (await import("../node/start-node.ts")).startNode;
    const node = await startNode({ ...setup.node, logger: setup.logger });
    return new RunningAgent(node, server, { ...setup, numbers, tokens });
  } catch (error) {
    await server.close();
    throw error;
  }
}

interface CheckedSetup extends AgentSetup {
  readonly numbers: AgentOptions;
  readonly tokens: AdminTokens;
}

class RunningAgent implements Agent {
  readonly node: HearsayNode;
  readonly adminUrl: string;
  readonly closed: Promise<LeaveAnswer["end"]>;
  private readonly server: AdminServer;
  private readonly app: AdminApp;
  private readonly logger: Logger;
  private readonly alerts: AgentAlerts;
  private readonly leaveTimeoutMs: number;
  private tellClosed: (end: LeaveAnswer["end"]) => void = () => {};
  private leaving: Promise<LeaveAnswer> | undefined;
  private closing: Promise<void> | undefined;

  constructor(node: HearsayNode, server: AdminServer, setup: CheckedSetup) {
    const { numbers } = setup;
    this.node = node;
    this.server = server;
    this.adminUrl = server.url;
    this.logger = setup.logger;
    this.leaveTimeoutMs = numbers.leaveTimeoutMs;
    this.closed = new Promise((resolve) => {
      this.tellClosed = resolve;
    });
    this.app = adminApp(node, {
      tokens: setup.tokens,
      version: packageVersion(),
      logger: setup.logger,
      leave: () => this.leaveForClient(),
      limits: numbers,
      topics: setup.topics,
      health: healthOf(setup.node),
    });
    answerQueries(node, setup.answers ?? {});
    openSensors(node, setup.sensors ?? []);
    this.alerts = new AgentAlerts(node, setup.logger);
    this.alerts.replace(setup.alerts ?? []);
    logMembers(node, setup.logger);
    server.serve(this.app.fetch);
    void node.closed.then((error) => {
      // An agent without its node answers nothing, and whoever minds it is to start it anew.
      if (error !== undefined) void this.close("stopped");
    });
  }

  setAlerts(rules: readonly AlertRule[]): void {
    this.alerts.replace(rules);
  }

  async leave(): Promise<LeaveAnswer> {
    const answer = await this.leaveCluster();
    await this.close(answer.end);
    return answer;
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await this.close("stopped");
  }

  /** The client gets its answer first; only then does the server go. */
  private async leaveForClient(): Promise<LeaveAnswer> {
    const answer = await this.leaveCluster();
    setImmediate(() => void this.close(answer.end));
    return answer;
  }

  private leaveCluster(): Promise<LeaveAnswer> {
    this.leaving ??= this.leaveOrStop();
    return this.leaving;
  }

  private async leaveOrStop(): Promise<LeaveAnswer> {
    const { name } = this.node;
    this.app.readiness.leave();
    try {
      await this.node.leave({ timeoutMs: this.leaveTimeoutMs });
      return { name, end: "left" };
    } catch (error) {
      this.logger.warn("the leave was not graceful", { reason: String(error) });
      await this.node.stop();
      return { name, end: "stopped" };
    }
  }

  private close(end: LeaveAnswer["end"]): Promise<void> {
    this.closing ??= this.closeServer(end);
    return this.closing;
  }

  private async closeServer(end: LeaveAnswer["end"]): Promise<void> {
    this.app.watchers.close(end === "left" ? "the node has left" : "the node was stopped");
    await this.server.close();
    this.tellClosed(end);
  }
}

function healthOf({ dataDir, discovery, join, orderer }: NodeOptions): ReadinessSetup {
  const looksForOthers = (join?.length ?? 0) > 0 || discovery !== undefined;
  return { dataDir, looksForOthers, hasOrder: orderer !== undefined };
}

function answerQueries(node: HearsayNode, answers: Readonly<Record<string, string>>): void {
  const utf8 = new TextEncoder();
  for (const [name, answer] of Object.entries(answers)) {
    node.queries.define(name, { codec: "raw" }).handle(() => utf8.encode(answer));
  }
}

/** What an operator wants to find in the log afterwards: who came and went, who is cut off. */
function logMembers(node: HearsayNode, logger: Logger): void {
  node.members.on(({ kind, member: { name, address, status, incarnation } }) => {
    const level = kind === "suspect" || kind === "fail" ? "warn" : "info";
    logger[level](`member ${kind}`, { member: name, address, status, incarnation });
  });
  // Each agent tells of its own paths: together they tell of all.
  node.members.onReachability(({ after, before, from, to }) => {
    if (from !== node.name) return;
    logger[after === "direct" ? "info" : "warn"](`path ${after}`, { member: to, before });
  });
}
