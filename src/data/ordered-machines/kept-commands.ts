import type { OrderedCommand } from "../../core/orderer.ts";
import type { JointSnapshot, KeptMachine } from "./ordered-machines.contract.ts";

/** A command's own memory, beside its bytes. [guess] */
const COMMAND_BYTES = 64;

/**
 * A machine whose kind this node does not know: its state of long ago and the commands since then,
 * as they came, for a version that knows what to make of them. To skip them would be to lose what
 * others wrote, as soon as this node's snapshot is somebody's only source.
 */
export class KeptCommands {
  readonly name: string;
  private base: JointSnapshot | undefined;
  private commands: OrderedCommand[] = [];
  private heldBytes = 0;

  constructor(name: string) {
    this.name = name;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  onCommand({ command, position }: OrderedCommand): void {
    this.commands.push({ position, command: command.slice() });
    this.heldBytes += command.length + COMMAND_BYTES;
  }

  snapshot(): KeptMachine {
    return { kind: "kept", name: this.name, base: this.base, commands: [...this.commands] };
  }

  restore(base: JointSnapshot | undefined, commands: readonly OrderedCommand[]): void {
    this.clear();
    this.base = base;
    this.heldBytes = base?.bytes.length ?? 0;
    for (const command of commands) this.onCommand(command);
  }

  clear(): void {
    this.base = undefined;
    this.commands = [];
    this.heldBytes = 0;
  }
}
