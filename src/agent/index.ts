/** The agent: a node with an admin API, and the client that drives it. */
export type * from "./admin.messages.ts";
export { AdminClient, type AdminClientOptions } from "./admin-client.ts";
export { type AgentOptions, agentDefaults } from "./agent.options.ts";
export { agentLogger, type LogFormat, type LogOptions } from "./agent-log.ts";
export { type Agent, type AgentSetup, runAgent } from "./run-agent.ts";
