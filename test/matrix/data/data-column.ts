/** What a data model has to show of itself to stand in the swarm on whole nodes. */
import type { Random } from "../../../src/core/random.ts";
import type { HearsayNode } from "../../../src/index.ts";
import type { TestNodeOptions } from "../../../src/testing/index.ts";
import type { Ledger } from "./ledger.ts";

/** What one run of a column is given. */
export interface ColumnParts {
  readonly random: Random;
  readonly ledger: Ledger;
  /** How its writes travel, out of the column's own ways. */
  readonly way: string;
}

/** One data model under clients who write, read and judge what they are told. */
export interface ColumnRun {
  /** A life of a node begins. */
  open(node: HearsayNode): void;
  /** True once this node takes part with all the others. Default: at once. */
  isReady?(node: HearsayNode, nodesCount: number): boolean;
  /** True while nothing waits here to be shown. Default: always. */
  isQuiet?(node: HearsayNode): boolean;
  /** A client does something on this node; what that comes to may never be told, if it dies. */
  act(node: HearsayNode): void;
  /** A life of a node ended without a word; with its disk, or without. */
  onCrash?(name: string, disk: "kept" | "lost"): void;
  /** The same on every node that holds the same. */
  picture(node: HearsayNode): string | Promise<string>;
  /** Promises that were broken meanwhile, in words; asked once all nodes hold the same. */
  broken(node: HearsayNode): string[] | Promise<string[]>;
  /** Deletes whatever can be deleted. */
  clear?(node: HearsayNode): Promise<void>;
  /** What of that is there all the same. */
  undead?(node: HearsayNode): string[];
  /** What takes more memory than a bound says, once all has come to rest. */
  excess?(node: HearsayNode): string[];
}

export interface NodeColumn {
  readonly name: string;
  readonly ways: readonly string[];
  options?(way: string): TestNodeOptions;
  begin(parts: ColumnParts): ColumnRun;
}
