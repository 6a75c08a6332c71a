import type { Command } from "commander";
import type { CliIo } from "./cli-io.ts";

/** Puts one command on the program. */
export type AddCommand = (program: Command, io: CliIo) => void;

/** Every command, in the order of the help; each is loaded only when it is needed. */
export const commandCatalog = {
  demo: async () => (await import("./commands/demo.ts")).addDemo,
  agent: async () => (await import("./commands/agent.ts")).addAgent,
  members: async () => (await import("./commands/members.ts")).addMembers,
  links: async () => (await import("./commands/links.ts")).addLinks,
  why: async () => (await import("./commands/why.ts")).addWhy,
  timeline: async () => (await import("./commands/timeline.ts")).addTimeline,
  join: async () => (await import("./commands/join.ts")).addJoin,
  leave: async () => (await import("./commands/leave.ts")).addLeave,
  publish: async () => (await import("./commands/publish.ts")).addPublish,
  watch: async () => (await import("./commands/watch.ts")).addWatch,
  event: async () => (await import("./commands/event.ts")).addEvent,
  query: async () => (await import("./commands/query.ts")).addQuery,
  info: async () => (await import("./commands/info.ts")).addInfo,
  versions: async () => (await import("./commands/versions.ts")).addVersions,
  state: async () => (await import("./commands/state.ts")).addState,
  aggregate: async () => (await import("./commands/aggregate.ts")).addAggregate,
  top: async () => (await import("./commands/top.ts")).addTop,
  log: async () => (await import("./commands/log.ts")).addLog,
  order: async () => (await import("./commands/order.ts")).addOrder,
  lock: async () => (await import("./commands/lock.ts")).addLock,
  ledger: async () => (await import("./commands/ledger.ts")).addLedger,
  replicas: async () => (await import("./commands/replicas.ts")).addReplicas,
  everywhere: async () => (await import("./commands/everywhere.ts")).addEverywhere,
  history: async () => (await import("./commands/history.ts")).addHistory,
  sim: async () => (await import("./commands/sim.ts")).addSim,
  keygen: async () => (await import("./commands/keygen.ts")).addKeygen,
  keyring: async () => (await import("./commands/keyring.ts")).addKeyring,
} as const satisfies Readonly<Record<string, () => Promise<AddCommand>>>;

export type CommandName = keyof typeof commandCatalog;

export function isCommandName(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(commandCatalog, name);
}
