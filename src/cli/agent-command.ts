import { AdminTokens, weakTokensCount } from "../agent/access/admin-tokens.ts";
import { type AgentLogger, agentLogger } from "../agent/agent-log.ts";
import { historiesOf, loadedOptionsOf, ordersOf, waysOf } from "../agent/config/agent-options.ts";
import { alertRulesOf } from "../agent/config/alert-rules.ts";
import { checkConfig } from "../agent/config/check-config.ts";
import { tokensOf } from "../agent/config/config-secrets.ts";
import { sourceText } from "../agent/config/given.ts";
import { type LoadedConfig, loadConfig } from "../agent/config/load-config.ts";
import { nestedConfig, printConfig } from "../agent/config/print-config.ts";
import { ConfigFollower, type Reloaded } from "../agent/config/reload.ts";
import type { AgentConfig } from "../agent/config/settings.ts";
import { type Agent, type AgentSetup, runAgent } from "../agent/run-agent.ts";
import { HearsayError } from "../core/errors.ts";
import type { AgentFlags, SettingFlags } from "./agent-flags.ts";
import { AgentSignals } from "./agent-signals.ts";
import { type CliIo, printJson, printLine } from "./cli-io.ts";
import { takeEarlySignals } from "./early-signals.ts";

/** What an agent tells once it is up. */
export interface AgentReady {
  readonly name: string;
  readonly address: string;
  /** URL of the admin API. */
  readonly admin: string;
  readonly pid: number;
}

interface AgentCommandPorts {
  readonly io: CliIo;
  readonly onReady: (ready: AgentReady) => void;
}

/** Runs an agent until it was told to leave, by a signal or by a client. */
export async function runAgentCommand(
  flags: AgentFlags,
  given: SettingFlags,
  ports: AgentCommandPorts,
): Promise<void> {
  const signals = new AgentSignals(takeEarlySignals());
  try {
    await runWithSignals(flags, given, { ...ports, signals });
  } finally {
    signals.close();
  }
}

interface SignalledPorts extends AgentCommandPorts {
  readonly signals: AgentSignals;
}

async function runWithSignals(
  flags: AgentFlags,
  given: SettingFlags,
  ports: SignalledPorts,
): Promise<void> {
  const { io } = ports;
  const load = (): LoadedConfig => {
    return loadConfig({ file: flags.config, environment: process.env, flags: given });
  };
  const loaded = load();
  if (flags.printConfig) return tellConfig(loaded, flags, io);
  if (flags.checkConfig) return tellCheck(loaded, flags, io);
  const { config } = loaded;
  const format = config["log.format"] ?? (io.err.isTerminal ? "text" : "json");
  const logger = await agentLogger({
    level: config["log.level"] ?? "info",
    format: format === "json" ? "json" : "text",
    node: config.name,
  });
  const tokens = new AdminTokens(tokensOf(config));
  warnOf(loaded, logger);
  const setup = await setupOf(loaded, { logger, tokens });
  await runUntilEnded(setup, { ...ports, load, loaded });
}

interface CommandSetup extends AgentSetup {
  readonly logger: AgentLogger;
  readonly tokens: AdminTokens;
}

async function setupOf(
  { config }: LoadedConfig,
  { logger, tokens }: { readonly logger: AgentLogger; readonly tokens: AdminTokens },
): Promise<CommandSetup> {
  const requestsPerSecond = config["admin.requestsPerSecond"];
  return {
    node: await loadedOptionsOf(config),
    admin: config["admin.listen"],
    tokens,
    answers: config.answers ?? {},
    sensors: config.aggregates ?? [],
    alerts: alertRulesOf(config["monitor.alerts"]),
    topics: {
      histories: historiesOf(config.history ?? []),
      orders: ordersOf(config.causal ?? []),
      ways: waysOf(config.via ?? []),
    },
    ...(requestsPerSecond === undefined ? {} : { limits: { requestsPerSecond } }),
    logger,
  };
}

interface Running extends SignalledPorts {
  readonly loaded: LoadedConfig;
  readonly load: () => LoadedConfig;
}

async function runUntilEnded(setup: CommandSetup, running: Running): Promise<void> {
  const { load, loaded, onReady, signals } = running;
  const { logger, tokens } = setup;
  const follower = followerOf(loaded, { logger, tokens });
  const agent = await startOrGiveUp(setup, signals);
  if (agent === undefined) return;
  const follow = (config: AgentConfig): Reloaded => follower.follow(config, agent);
  signals.follow({
    leave: (signal) => {
      logger.info("leaving", { signal });
      void agent.leave();
    },
    reload: () => reload(load, follow, logger),
  });
  const { name, address } = agent.node;
  onReady({ name, address, admin: agent.adminUrl, pid: process.pid });
  await agent.closed;
  await throwFailure(agent);
}

/** Undefined when a signal came first: all that was opened is closed, and nothing is to leave. */
async function startOrGiveUp(
  setup: CommandSetup,
  signals: AgentSignals,
): Promise<Agent | undefined> {
  try {
    const node = { ...setup.node, signal: signals.startSignal };
    const agent = await runAgent({ ...setup, node });
    if (!signals.startSignal.aborted) return agent;
    await agent.stop();
  } catch (error) {
    if (!signals.startSignal.aborted || !isAborted(error)) throw error;
  }
  setup.logger.info("ended before the node had started", { signal: signals.endedStart });
  return undefined;
}

function isAborted(error: unknown): boolean {
  return error instanceof HearsayError && error.code === "ABORTED";
}

/** What ended the node, if it was not asked to end: the exit code is then 1. */
async function throwFailure({ node }: Agent): Promise<void> {
  const failure = await node.closed;
  if (failure !== undefined) throw failure;
}

function followerOf(
  { config }: LoadedConfig,
  { logger, tokens }: { readonly logger: AgentLogger; readonly tokens: AdminTokens },
): ConfigFollower {
  return new ConfigFollower(config, { tokens, setLogLevel: logger.setLevel.bind(logger) });
}

/** What is wrong with a configuration must not end an agent that runs by the former one. */
function reload(
  load: () => LoadedConfig,
  follow: (config: AgentConfig) => Reloaded,
  logger: AgentLogger,
): void {
  try {
    const loaded = load();
    const { applied, needRestart, refused } = follow(loaded.config);
    logger.info("the configuration was read again", { applied });
    for (const { reason, what } of refused) logger.error("a change is refused", { what, reason });
    if (needRestart.length > 0) {
      logger.warn("changed settings that count only after a restart", { settings: needRestart });
    }
    warnOf(loaded, logger);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.error("the configuration is refused, and stays as it was", { reason });
  }
}

function warnOf({ config, warnings }: LoadedConfig, logger: AgentLogger): void {
  for (const warning of warnings) logger.warn(warning);
  const weakCount = weakTokensCount(tokensOf(config));
  if (weakCount > 0) logger.warn("tokens are short enough to be guessed", { count: weakCount });
}

function tellConfig(loaded: LoadedConfig, { json }: AgentFlags, io: CliIo): void {
  if (json) printJson(io, nestedConfig(loaded.config));
  else io.out.write(printConfig(loaded));
}

/** @throws HearsayError with what is wrong */
async function tellCheck(loaded: LoadedConfig, { json }: AgentFlags, io: CliIo): Promise<void> {
  await checkConfig(loaded.config);
  const from = [...loaded.sources].map(([key, source]) => [key, sourceText(source)] as const);
  if (json) {
    const { warnings } = loaded;
    return printJson(io, { good: true, sources: Object.fromEntries(from), warnings });
  }
  for (const warning of loaded.warnings) io.err.write(`warning: ${warning}\n`);
  for (const [key, source] of from) printLine(io, `${key}: ${source}`);
  printLine(io, "The configuration is good.");
}
