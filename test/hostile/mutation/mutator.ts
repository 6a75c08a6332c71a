/**
 * Makes hostile inputs out of real ones: input `index` of a seed is the same for ever, whatever was
 * made before it.
 */
import { Random } from "../../../src/core/random.ts";
import { byteMutations } from "./byte-mutations.ts";
import { ByteWriter } from "./byte-writer.ts";
import { mutateLayers } from "./layer-mutations.ts";
import { parseLayer, writeLayer } from "./layers.ts";
import { type SeedMessage, seedMessages } from "./seeds.ts";

/** One packet, or the beginning of a stream, as it stands inside seal and label. */
export interface HostileInput {
  readonly via: "packet" | "stream";
  readonly bytes: Uint8Array;
  /** What was done to which seed. */
  readonly recipe: string;
}

const BYTES_MAX = 65_507;
const CRC = 12;
const CRC_HEAD_BYTES = 5;
const mutations = Object.entries(byteMutations);

export class Mutator {
  private readonly seed: number;
  private readonly byVia: Readonly<Record<"packet" | "stream", readonly SeedMessage[]>>;
  private readonly out = new ByteWriter();

  constructor(seed: number, messages: readonly SeedMessage[] = seedMessages()) {
    this.seed = seed;
    this.byVia = {
      packet: messages.filter(({ via }) => via === "packet"),
      stream: messages.filter(({ via }) => via === "stream"),
    };
  }

  /** @param index 0, 1, 2 … of the inputs that travel this way. */
  make(via: "packet" | "stream", index: number): HostileInput {
    const random = Random.derive(this.seed, via, index);
    const seed = this.pick(via, random);
    const made = random.chance(0.6) ? this.structured(seed, random) : this.blind(seed, random);
    const bytes = made.bytes.length > BYTES_MAX ? made.bytes.slice(0, BYTES_MAX) : made.bytes;
    return { via, bytes, recipe: `${seed.name}: ${made.recipe}` };
  }

  private pick(via: "packet" | "stream", random: Random): SeedMessage {
    const seeds = this.byVia[via];
    const seed = seeds[random.below(seeds.length)];
    if (seed === undefined) throw new Error(`no seeds for a ${via}`);
    return seed;
  }

  private structured(seed: SeedMessage, random: Random): { bytes: Uint8Array; recipe: string } {
    let layer = parseLayer(seed.bytes, seed.via);
    const steps: string[] = [];
    for (let left = 1 + random.below(3); left > 0; left -= 1) {
      const other = this.pick(seed.via, random);
      const mutated = mutateLayers(layer, random, () => parseLayer(other.bytes, seed.via));
      layer = mutated.layer;
      steps.push(mutated.recipe);
    }
    writeLayer(this.out, layer);
    const bytes = this.out.take();
    if (!random.chance(0.1)) return { bytes, recipe: steps.join(", ") };
    const blind = this.blind({ ...seed, bytes }, random);
    return { bytes: blind.bytes, recipe: `${steps.join(", ")}, ${blind.recipe}` };
  }

  private blind(seed: SeedMessage, random: Random): { bytes: Uint8Array; recipe: string } {
    const [name, mutate] = mutations[random.below(mutations.length)] ?? [];
    if (mutate === undefined) throw new Error("there are no mutations");
    const other = this.pick(seed.via, random).bytes;
    // A change behind a checksum is caught by it, which is soon seen often enough.
    if (seed.bytes[0] !== CRC || random.chance(0.15)) {
      return { bytes: mutate(seed.bytes, random, other), recipe: name ?? "" };
    }
    const inner = mutate(seed.bytes.subarray(CRC_HEAD_BYTES), random, other);
    writeLayer(this.out, { kind: "checksummed", inner: { kind: "raw", bytes: inner }, xor: 0 });
    return { bytes: this.out.take(), recipe: `${name} behind a true checksum` };
  }
}
