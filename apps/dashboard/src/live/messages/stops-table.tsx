import { duration } from "../../shared/format.ts";
import type { Stop } from "./journey.ts";
import { meansWords } from "./means-words.ts";

/** How the message came to each node, whatever the replay shows. */
export function StopsTable({ stops }: { readonly stops: readonly Stop[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll stops" tabIndex={0} aria-label="How it came to each node">
      <table>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col" class="number">
              Hops
            </th>
            <th scope="col">Heard from</th>
            <th scope="col">By what means</th>
            <th scope="col" class="number">
              After
            </th>
            <th scope="col">Copies</th>
          </tr>
        </thead>
        <tbody>
          {stops.map((stop) => (
            <Row key={stop.name} stop={stop} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ stop }: { readonly stop: Stop }) {
  const { afterMs, copies, from, hops, means, name } = stop;
  const isAuthor = hops === 0;
  const senders = copies.map((copy) => copy.from ?? "?").join(", ");
  return (
    <tr data-stop={name} data-means={means}>
      <td>{name}</td>
      <td class="number">{hops ?? "?"}</td>
      <td>{from ?? (isAuthor ? "published it" : "not known")}</td>
      <td>{isAuthor ? "—" : meansWords[means]}</td>
      <td class="number">{duration(Math.max(0, afterMs))}</td>
      <td class="muted small">{copies.length === 0 ? "—" : `${copies.length} (${senders})`}</td>
    </tr>
  );
}
