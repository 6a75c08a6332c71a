import { HearsayError } from "../../core/errors.ts";
import type { OrdererChoice, RaftChoice } from "./orderer.api.ts";

const GROUP_DEFAULT = "main";
const NAMES = ["group", "members", "options", "storage", "voters"];
/** Longest name of a group. [because: it travels with each message] */
const GROUP_MAX_LENGTH = 64;

/**
 * Order by a Raft group of these nodes themselves: `startNode({ orderer: raft({ voters }) })`.
 * @throws HearsayError CONFIG_OPTION
 */
export function raft(choice: RaftChoice): OrdererChoice {
  checkChoice(choice);
  const { group = GROUP_DEFAULT, storage = "disk" } = choice;
  const given = { ...choice, group, storage, voters: [...choice.voters] };
  return Object.freeze({
    engine: "raft",
    group,
    storage,
    load: async () => {
      const { RaftEngine } = await import("./raft-engine.ts");
      return new RaftEngine(given);
    },
  });
}

function checkChoice(choice: unknown): void {
  if (typeof choice !== "object" || choice === null) {
    throw refusal('raft takes an object such as { voters: ["p1", "p2", "p3"] }.');
  }
  const unknown = Object.keys(choice).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw refusal(`${unknown} is no option of raft. Known: ${NAMES.join(", ")}.`);
  }
  const given = new Map<string, unknown>(Object.entries(choice));
  checkVoters(given.get("voters"));
  const group = given.get("group") ?? GROUP_DEFAULT;
  if (typeof group !== "string" || group === "" || group.length > GROUP_MAX_LENGTH) {
    throw refusal(`raft.group must be a text of 1 to ${GROUP_MAX_LENGTH} characters.`);
  }
  const storage = given.get("storage") ?? "disk";
  if (storage !== "disk" && storage !== "memory") {
    throw refusal('raft.storage must be "disk" or "memory".');
  }
}

function checkVoters(voters: unknown): void {
  const isList = Array.isArray(voters) && voters.every((one) => typeof one === "string");
  if (!isList || voters.length === 0 || voters.includes("")) {
    throw refusal('raft.voters must be a list of names of nodes, such as ["p1", "p2", "p3"].');
  }
  if (new Set(voters).size !== voters.length) {
    throw refusal(`raft.voters names a node twice: ${voters.join(", ")}.`);
  }
}

function refusal(detail: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", detail);
}
