import type { OrderedCommand } from "../../core/orderer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import type { RegisterInput, RegisterOutput } from "../../testing/linearizability/models.ts";

/** What is ordered: commands carry ids, for they may be ordered twice. */
export interface RegisterCommand {
  readonly id: string;
  readonly input: RegisterInput;
}

interface Kept {
  readonly position: number;
  readonly values: readonly (readonly [string, string])[];
  readonly results: readonly (readonly [string, RegisterOutput])[];
}

export function encodeCommand(command: RegisterCommand): Uint8Array {
  return encodeUtf8(JSON.stringify(command));
}

export function decodeCommand(bytes: Uint8Array): RegisterCommand {
  return JSON.parse(decodeUtf8(bytes)) as RegisterCommand;
}

/** Registers, made of ordered commands: each server has one. */
export class RegisterMachine {
  /** Up to here it has applied everything. */
  position = 0;
  /** Commands applied since it was made or restored. */
  appliedCount = 0;
  private values = new Map<string, string>();
  private results = new Map<string, RegisterOutput>();

  apply({ command: bytes, position }: OrderedCommand): void {
    if (position <= this.position) throw new Error(`${position} comes behind ${this.position}`);
    this.position = position;
    this.appliedCount += 1;
    const command = decodeCommand(bytes);
    if (!this.results.has(command.id)) this.results.set(command.id, this.perform(command.input));
  }

  read(key: string): string {
    return this.values.get(key) ?? "";
  }

  /** undefined for a command that was not applied. */
  resultOf(id: string): RegisterOutput | undefined {
    return this.results.get(id);
  }

  snapshot(): Uint8Array {
    const values = [...this.values];
    const results = [...this.results];
    return encodeUtf8(JSON.stringify({ position: this.position, values, results }));
  }

  restore(position: number, bytes: Uint8Array): void {
    if (position < this.position)
      throw new Error(`a snapshot of ${position} after ${this.position}`);
    const kept = JSON.parse(decodeUtf8(bytes)) as Kept;
    this.position = position;
    this.values = new Map(kept.values);
    this.results = new Map(kept.results);
  }

  private perform(input: RegisterInput): RegisterOutput {
    if (input.kind === "read") return this.read(input.key);
    if (input.kind === "swap") {
      const found = this.read(input.key);
      if (found === input.from) this.values.set(input.key, input.to);
      return found;
    }
    this.values.set(input.key, input.value);
    return "";
  }
}
