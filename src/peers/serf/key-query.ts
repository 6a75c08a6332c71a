import type { SerfContext } from "./context.ts";
import type { QueryCollector } from "./queries.ts";
import type { KeyCommand, KeyResult, QueryAnswer, QueryId, QueryResult } from "./serf.contract.ts";

export const keyQueryNames: Record<KeyCommand, string> = {
  install: "_serf_install-key",
  use: "_serf_use-key",
  remove: "_serf_remove-key",
  list: "_serf_list-keys",
};

/** Collects what members say to a key command, until all have spoken. Source: spec section 24.5. */
export class KeyCollector implements QueryCollector {
  private readonly context: SerfContext;
  private readonly command: KeyCommand;
  private readonly membersCount: number;
  private answersCount = 0;
  private readonly failures = new Map<string, string>();
  private readonly remarks = new Map<string, string>();
  private readonly keys = new Map<string, number>();
  private readonly primaryKeys = new Map<string, number>();

  constructor(context: SerfContext, command: KeyCommand) {
    this.context = context;
    this.command = command;
    this.membersCount = context.members.count("alive");
  }

  onAck(): void {}

  onAnswer(_id: QueryId, { from, payload }: QueryAnswer): "more" | "enough" {
    this.answersCount += 1;
    const response = this.context.codec.decode(payload);
    if (response?.kind !== "keyResponse") {
      this.failures.set(from, "The answer could not be read.");
    } else if (!response.result) {
      this.failures.set(from, response.message);
    } else {
      if (response.message !== "") this.remarks.set(from, response.message);
      for (const key of response.keys) countOne(this.keys, key);
      if (response.primaryKey !== "") countOne(this.primaryKeys, response.primaryKey);
    }
    return this.answersCount >= this.membersCount ? "enough" : "more";
  }

  onDone(id: QueryId, _result: QueryResult): void {
    const { command, membersCount, answersCount, failures, remarks, keys, primaryKeys } = this;
    const result: KeyResult = {
      command,
      membersCount,
      answersCount,
      failures,
      remarks,
      keys,
      primaryKeys,
    };
    this.context.listener.onKeysDone(id, result);
  }
}

function countOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
