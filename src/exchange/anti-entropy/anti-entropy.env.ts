import type { Env } from "../../core/env.ts";
import type { AntiEntropyMessage } from "./anti-entropy.messages.ts";

export type AntiEntropyTimer =
  | { readonly kind: "round" }
  /** The next step of what takes long. */
  | { readonly kind: "work" }
  | { readonly kind: "expire"; readonly key: string };

export type AntiEntropyEnv = Env<AntiEntropyMessage, AntiEntropyTimer>;
