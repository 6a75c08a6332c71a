/** Messages of the info network's streams, bare: gRPC's own framing is not ours. */
import { readFileSync } from "node:fs";
import { bytesOf } from "../../vectors/vector-files.ts";
import type { SeedMessage } from "./seeds.ts";

const file = new URL("../../vectors/info-network/messages.json", import.meta.url);

export function infoNetworkMessages(): SeedMessage[] {
  const { vectors }: { vectors: { name: string; hex: string }[] } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return vectors.map(({ hex, name }) => ({ name, via: "packet", bytes: bytesOf(hex) }));
}
