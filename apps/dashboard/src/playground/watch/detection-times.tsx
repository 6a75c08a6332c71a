import { NOT_YET } from "../../../../../src/sim/playground/death-record.ts";
import type { ExpectedTimes, WatchState } from "./watch.messages.ts";

interface DetectionTimesProps {
  readonly states: readonly [WatchState | undefined, WatchState | undefined];
  /** Whose death is told; undefined: the latest. */
  readonly watched: number | undefined;
}

type Told = WatchState["deaths"][number];

const moments: readonly { readonly name: keyof ExpectedTimes; readonly says: string }[] = [
  { name: "firstSuspectedMs", says: "the first suspects it" },
  { name: "firstKnewMs", says: "the first holds it for dead" },
  { name: "halfKnewMs", says: "half of the others do" },
  { name: "allKnewMs", says: "all do" },
];

/** Of one death, when it was learnt of in both towns, and when it should be. */
export function DetectionTimes({ states, watched }: DetectionTimesProps) {
  const deaths = states.map((state) => deathOf(state, watched));
  const node = deaths[0]?.node ?? deaths[1]?.node;
  if (node === undefined) {
    return (
      <section class="panel stack" aria-label="Detection times">
        <h2>Detection times</h2>
        <p class="small muted">Nobody has died, or nobody who is watched: kill a node.</p>
      </section>
    );
  }
  return (
    <section class="panel stack" aria-label="Detection times">
      <h2>
        The death of node {node}, at {seconds(deaths[0]?.atMs ?? deaths[1]?.atMs ?? 0)}
      </h2>
      <div class="scrolled">
        <table class="times">
          <thead>
            <tr>
              <th scope="col">Since its death, until</th>
              <th scope="col">A</th>
              <th scope="col">A, theory</th>
              <th scope="col">B</th>
              <th scope="col">B, theory</th>
            </tr>
          </thead>
          <tbody>
            {moments.map(({ name, says }) => (
              <tr key={name} data-moment={name}>
                <th scope="row">{says}</th>
                {deaths.flatMap((death, side) => [
                  <td key={`${side} is`}>{seconds(death?.[name] ?? NOT_YET)}</td>,
                  <td key={`${side} theory`} class="muted">
                    {seconds(death?.expected[name] ?? NOT_YET)}
                  </td>,
                ])}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <details class="small">
        <summary>Who learnt of it, and when</summary>
        <div class="charts">
          {deaths.map((death, side) => (
            <Learnt key={side === 0 ? "A" : "B"} side={side === 0 ? "A" : "B"} death={death} />
          ))}
        </div>
      </details>
    </section>
  );
}

/** The first of them are enough to read. */
const LEARNT_MAX_COUNT = 40;

function Learnt({ death, side }: { readonly side: string; readonly death: Told | undefined }) {
  const learnt = [...(death?.suspectedMs ?? [])].flatMap((suspectedMs, node) => {
    return suspectedMs === NOT_YET ? [] : [{ node, suspectedMs }];
  });
  learnt.sort((one, other) => one.suspectedMs - other.suspectedMs || one.node - other.node);
  return (
    <table class="times">
      <caption>
        Town {side}
        {learnt.length > LEARNT_MAX_COUNT ? `, the first ${LEARNT_MAX_COUNT}` : ""}
      </caption>
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">suspects it</th>
          <th scope="col">holds it for dead</th>
        </tr>
      </thead>
      <tbody>
        {learnt.slice(0, LEARNT_MAX_COUNT).map(({ node, suspectedMs }) => (
          <tr key={node}>
            <th scope="row">{node}</th>
            <td>{seconds(suspectedMs)}</td>
            <td>{seconds(death?.knewMs[node] ?? NOT_YET)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function deathOf(state: WatchState | undefined, watched: number | undefined): Told | undefined {
  return (
    state?.deaths.find(({ node }) => node === watched) ??
    (watched === undefined ? state?.deaths.at(-1) : undefined)
  );
}

/** `7.84 s`; what has not happened is a dash. */
function seconds(ms: number): string {
  return ms === NOT_YET ? "–" : `${(ms / 1_000).toFixed(2)} s`;
}
