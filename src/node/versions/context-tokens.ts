import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { encodeContext } from "../../data/version-tree/version-context.ts";

/** The tokens of one store. Who writes and who watches ask for the same one, right behind another. */
export class ContextTokens {
  /** What users call it. */
  readonly store: string;
  private context: ReadonlyDotSet | undefined;
  private key = "";
  private token = "";

  constructor(store: string) {
    this.store = store;
  }

  /** Of a context that does not change any more. */
  of(context: ReadonlyDotSet, key: string): string {
    if (this.context === context && this.key === key) return this.token;
    this.token = encodeContext(context, this.store, key);
    this.context = context;
    this.key = key;
    return this.token;
  }
}
