import { useRef, useState } from "preact/hooks";
import { bytes, figures, whole } from "../../shared/format.ts";
import { type Looks, REST_LOOK } from "./band-looks.ts";
import { copiesOf } from "./duplicates.ts";
import { heldOrder } from "./held-order.ts";
import type { Metrics } from "./meters.ts";
import { NumberHeads } from "./number-heads.tsx";
import {
  bothWays,
  partRate,
  protocolRates,
  type Share,
  type TrafficPart,
  type TrafficSample,
} from "./protocol-rates.ts";

interface ProtocolTableProps {
  readonly metrics: Metrics;
  readonly samples: readonly TrafficSample[];
  readonly shares: readonly Share[];
  readonly looks: Looks;
}

const heads = ["out", "in", "messages out", "messages in"] as const;
const columns = ["sentBytes", "receivedBytes", "sentMessages", "receivedMessages"] as const;

/** The same as the charts in numbers; each protocol opens to its kinds of messages. */
export function ProtocolTable({ looks, metrics, samples, shares }: ProtocolTableProps) {
  const place = useRef<HTMLElement>(null);
  const order = useRef<readonly string[]>([]);
  const byName = new Map(shares.map((share) => [share.protocol, share]));
  const isEntered = place.current?.contains(document.activeElement) === true;
  order.current = isEntered ? heldOrder(order.current, [...byName.keys()]) : [...byName.keys()];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" aria-label="Table of protocols" tabIndex={0} ref={place}>
      <table>
        <thead>
          <tr>
            <th scope="col">Protocol</th>
            <NumberHeads names={heads.map((head) => `${head} a second`)} />
            <NumberHeads names={["share", "copies", "since its start"]} />
          </tr>
        </thead>
        <tbody>
          {order.current
            .flatMap((name) => byName.get(name) ?? [])
            .map((share) => (
              <Protocol
                key={share.protocol}
                share={share}
                samples={samples}
                look={looks.get(share.protocol) ?? REST_LOOK}
                copies={copiesText(metrics, share.protocol)}
              />
            ))}
        </tbody>
      </table>
    </section>
  );
}

interface ProtocolProps {
  readonly share: Share;
  readonly samples: readonly TrafficSample[];
  readonly look: number;
  readonly copies: string;
}

function Protocol({ copies, look, samples, share }: ProtocolProps) {
  const { allBytes, protocol, ratio } = share;
  const [isOpen, setOpen] = useState(false);
  const all = samples.at(-1)?.parts ?? [];
  const parts = isOpen ? all.filter((part) => part.protocol === protocol) : [];
  const rates = columns.map((column) => {
    return rateText(protocolRates(samples.slice(-2), protocol, column).at(-1), column);
  });
  return (
    <>
      <tr data-protocol={protocol}>
        <th scope="row">
          <span class="protocol-name">
            <span class={`band-swatch band-${look}`} aria-hidden="true" />
            <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {protocol}
            </button>
          </span>
        </th>
        {rates.map((rate, at) => (
          <td key={columns[at]} class="number">
            {rate}
          </td>
        ))}
        <td class="number">{ratio === undefined ? "…" : percent(ratio)}</td>
        <td class="number">{copies}</td>
        <td class="number muted">{bytes(allBytes)}</td>
      </tr>
      {parts.map((part) => (
        <Part key={`${part.message} ${part.way}`} part={part} samples={samples} />
      ))}
    </>
  );
}

interface PartProps {
  readonly part: TrafficPart;
  readonly samples: readonly TrafficSample[];
}

function Part({ part, samples }: PartProps) {
  return (
    <tr class="protocol-part">
      <th scope="row">
        {part.message === "" ? "" : `${part.message}, `}
        {wayWords[part.way] ?? part.way}
      </th>
      {columns.map((column) => (
        <td key={column} class="number muted">
          {rateText(partRate(samples, part, column), column)}
        </td>
      ))}
      <td />
      <td />
      <td class="number muted">{bytes(bothWays(part))}</td>
    </tr>
  );
}

const wayWords: Readonly<Record<string, string>> = {
  packets: "by packets",
  streams: "by streams",
  links: "by links",
  relayed: "inside links of others",
};

function rateText(rate: number | null | undefined, column: string): string {
  if (rate === null || rate === undefined) return "…";
  if (rate === 0) return "0";
  // Looks are never a second apart exactly.
  return column.endsWith("Bytes") ? bytes(rate) : figures(Math.round(10 * rate) / 10);
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}

/** Of messages that came, how many had come before. */
function copiesText(metrics: Metrics, protocol: string): string {
  const told = copiesOf(metrics, protocol);
  if (told === undefined) return "—";
  return `${whole(told.copies)} (${percent(told.copies / (told.news + told.copies))})`;
}
