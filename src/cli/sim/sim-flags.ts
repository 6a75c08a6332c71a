import type { JsonFlag } from "../command.ts";

export interface SimFlags extends JsonFlag {
  readonly seed?: number;
  readonly runs?: number;
  readonly nodes?: number;
  readonly trace?: string;
  readonly save?: string;
  readonly wire?: boolean;
  readonly swarm?: boolean;
  readonly list?: boolean;
  /** Parameters of an experiment, as text. */
  readonly set?: Readonly<Record<string, string>>;
  /** The file for the picture. */
  readonly svg?: string;
}
