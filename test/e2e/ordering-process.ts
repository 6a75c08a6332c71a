/**
 * A node with an order in a process of its own, asked by lines of JSON on its input and answered by
 * such on its output: ordering-process.ts SETTING-AS-JSON
 */
import { createInterface } from "node:readline";
import { HearsayError, raft, startNode } from "../../src/index.ts";
import type { HeldLock } from "../../src/node/api.ts";
import {
  type ObjectInput,
  type ObjectOutput,
  type ObjectReads,
  openObjects,
} from "../ordered-objects.ts";

export interface ProcessSetting {
  readonly name: string;
  readonly bind: string;
  readonly join: readonly string[];
  readonly voters: readonly string[];
  readonly dataDir: string;
  readonly reads?: ObjectReads;
}

export type Question =
  | { readonly kind: "object"; readonly input: ObjectInput }
  | { readonly kind: "acquire"; readonly name: string }
  | { readonly kind: "release"; readonly name: string }
  | { readonly kind: "write"; readonly name: string; readonly everyMs: number };

export interface Answer {
  readonly id: string;
  readonly output?: ObjectOutput;
  readonly token?: number;
  readonly error?: string;
  readonly definite?: boolean;
}

const ASKED_MAX_MS = 8_000;
const LOCKS = { leaseMs: 2_000, renewIntervalMs: 500 };
const RAFT = { heartbeatIntervalMs: 50, electionTimeoutMinMs: 300, electionTimeoutMaxMs: 600 };

const setting: ProcessSetting = JSON.parse(process.argv[2] ?? "{}");
const { bind, dataDir, join, name, voters } = setting;
const node = await startNode({
  ...{ name, bind, join, dataDir, profile: "local", locks: LOCKS },
  orderer: raft({ voters, options: RAFT }),
});
const objects = openObjects(node, setting.reads);
const held = new Map<string, HeldLock>();
say({ id: "address", output: node.address });

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { id, ...question }: Question & { id: string } = JSON.parse(line);
    answer(id, question).then(say, (error: unknown) => say(failure(id, error)));
  })
  // Whoever asked is gone.
  .on("close", () => process.exit(0));

async function answer(id: string, question: Question): Promise<Answer> {
  if (question.kind === "object") {
    return { id, output: await objects.perform(id, question.input, ASKED_MAX_MS) };
  }
  if (question.kind === "acquire") {
    const lock = await node.lock(question.name).acquire();
    held.set(question.name, lock);
    return { id, token: lock.token };
  }
  const lock = held.get(question.name);
  if (question.kind === "write" && lock !== undefined) write(lock, question.everyMs);
  else await lock?.release();
  return { id };
}

/** Goes on as long as it holds the lock, as far as it can know. */
function write(lock: HeldLock, everyMs: number): void {
  const timer = setInterval(() => {
    if (lock.isHeld) say({ id: "write", token: lock.token });
    else {
      clearInterval(timer);
      say({ id: "gave up", token: lock.token });
    }
  }, everyMs);
}

function failure(id: string, error: unknown): Answer {
  const text = error instanceof Error ? error.message : String(error);
  return { id, error: text, definite: error instanceof HearsayError && error.definite };
}

function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
