import type { AlertNotice, AlertRule, HearsayNode, Logger } from "../node/api.ts";

/** The alerts that an agent was configured with: told by its log, and followed when they change. */
export class AgentAlerts {
  private readonly node: HearsayNode;
  private readonly logger: Logger;
  /** By what the rule says: one that changes is another one. */
  private readonly rules = new Map<string, () => void>();

  constructor(node: HearsayNode, logger: Logger) {
    this.node = node;
    this.logger = logger;
  }

  /**
   * From now on these and no others; one that stays goes on as it is.
   * @throws HearsayError CONFIG_OPTION, STORE_FULL, MONITOR_OFF
   */
  replace(rules: readonly AlertRule[]): void {
    const wanted = new Map(rules.map((rule) => [JSON.stringify(rule), rule] as const));
    for (const [text, end] of this.rules) {
      if (wanted.has(text)) continue;
      end();
      this.rules.delete(text);
    }
    for (const [text, rule] of wanted) {
      if (this.rules.has(text)) continue;
      const end = this.node.monitor.alert(rule, (notice) => this.log(notice));
      this.rules.set(text, end);
    }
  }

  /** Where users are told, which is on one node. */
  private log({ id, rule, state, value }: AlertNotice): void {
    this.logger[state === "raised" ? "warn" : "info"](`alert ${state}`, { alert: rule, id, value });
  }
}
