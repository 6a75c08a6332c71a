import type { HearsayNode, Ledger, LedgerEntry } from "hearsay";

/** What stands in the ledger. Amounts are whole cents. */
export type Booking =
  | { readonly kind: "open"; readonly account: string; readonly amount: number }
  | {
      readonly kind: "transfer";
      /** Given by the client: booked twice under one id, it is executed once. */
      readonly id: string;
      readonly from: string;
      readonly to: string;
      readonly amount: number;
    };

export type Outcome = "done" | "noFunds" | "noAccount";

/**
 * Accounts are what the final blocks of the ledger come to, and nothing else: every process reads
 * the same blocks in the same order, so every process has the same accounts, also after a crash.
 */
export class Bank {
  readonly ledger: Ledger<Booking, Booking>;
  readonly accounts = new Map<string, number>();
  /** Of each transfer by its id. */
  readonly outcomes = new Map<string, Outcome>();
  private appliedIndex = 0;
  private readonly waiting = new Set<() => void>();

  constructor(node: HearsayNode) {
    this.ledger = node.ledger<Booking>("bank");
    void this.follow();
  }

  /** Resolves when the account is there, on this node's disk and that of most. */
  async open(account: string, amount: number): Promise<void> {
    const { index } = await this.ledger.append({ kind: "open", account, amount });
    await this.applied(index);
  }

  /**
   * Resolves when it is final. What it throws says nothing about whether it was executed: ask
   * again, here or elsewhere, with the same id.
   */
  async transfer(transfer: Omit<Extract<Booking, { kind: "transfer" }>, "kind">): Promise<Outcome> {
    const known = this.outcomes.get(transfer.id);
    if (known !== undefined) return known;
    const { index } = await this.ledger.append({ kind: "transfer", ...transfer });
    await this.applied(index);
    return this.outcomes.get(transfer.id) ?? "noAccount";
  }

  /** All the money there is. */
  get total(): number {
    return [...this.accounts.values()].reduce((sum, balance) => sum + balance, 0);
  }

  /** Of the last entry that is in the accounts. */
  get index(): number {
    return this.appliedIndex;
  }

  private async follow(): Promise<void> {
    for await (const block of this.ledger.follow()) {
      for (const entry of block.entries) this.apply(entry);
      this.appliedIndex = block.lastIndex;
      for (const look of [...this.waiting]) look();
    }
  }

  /** Uses nothing but the accounts and the entry: no clock, no dice. */
  private apply({ value }: LedgerEntry<Booking>): void {
    if (value?.kind === "open") {
      if (!this.accounts.has(value.account)) this.accounts.set(value.account, value.amount);
      return;
    }
    if (value?.kind !== "transfer" || this.outcomes.has(value.id)) return;
    this.outcomes.set(value.id, this.execute(value));
  }

  private execute({ amount, from, to }: Extract<Booking, { kind: "transfer" }>): Outcome {
    const source = this.accounts.get(from);
    const target = this.accounts.get(to);
    if (source === undefined || target === undefined || from === to) return "noAccount";
    if (source < amount || amount < 0) return "noFunds";
    this.accounts.set(from, source - amount);
    this.accounts.set(to, target + amount);
    return "done";
  }

  private applied(index: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.appliedIndex < index) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }
}
