import { judged, median, type Row } from "./bench.ts";
import { bytesInUse, crowdedNode } from "./support/member-memory.ts";

const MEMBERS_COUNT = 10_000;
const ROUNDS_COUNT = 3;
/** heapUsed and arrayBuffers over 10,000 members with 12-character names and one tag. */
const TARGET_BYTES = 300;

export const name = "member-memory";
export const description = "what one more member costs a whole running node, at 10,000 members";

export async function run(): Promise<Row[]> {
  const inUse = bytesInUse();
  const rows: Row[] = [];
  for (const wire of ["serf", "memberlist"] as const) {
    const rounds: number[] = [];
    for (let round = 0; round <= ROUNDS_COUNT; round += 1) {
      const crowded = await crowdedNode(MEMBERS_COUNT, inUse, wire);
      // The first round compiles code and grows the process's buffers; it is not counted.
      if (round > 0) rounds.push(crowded.bytesPerMember);
      await crowded.stop();
    }
    const id = `memory per member at 10,000, wire ${wire}`;
    const row = { id, value: Math.round(median(rounds)), unit: "B" };
    rows.push(judged(row, { of: "value", atMost: TARGET_BYTES }));
  }
  return rows;
}
