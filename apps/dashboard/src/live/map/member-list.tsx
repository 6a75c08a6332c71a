import type { Member, MemberStatus } from "../../../../../src/agent/admin.messages.ts";
import { duration } from "../../shared/format.ts";
import { StatusWord } from "../status-mark.tsx";

interface MemberListProps {
  readonly members: readonly Member[];
  readonly local: string;
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
}

const order: readonly MemberStatus[] = ["failed", "suspect", "leaving", "alive", "left"];

/** Who needs looking at comes first. */
export function MemberList({ chosen, local, members, onChoose }: MemberListProps) {
  const sorted = [...members].sort((a, b) => {
    return order.indexOf(a.status) - order.indexOf(b.status) || (a.name < b.name ? -1 : 1);
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="panel scroll member-list" aria-label="Members" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Member</th>
            <th scope="col">Status</th>
            <th scope="col">Address</th>
            <th scope="col" class="number">
              Round trip
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ address, degraded, name, rttMs, status }) => (
            <tr key={name} class={name === chosen ? "chosen" : ""} data-member={name}>
              <td>
                <button type="button" aria-pressed={name === chosen} onClick={() => onChoose(name)}>
                  {name}
                  {name === local ? <span class="muted"> (this agent)</span> : null}
                </button>
              </td>
              <td>
                <StatusWord member={{ status, degraded }} />
              </td>
              <td class="mono">{address}</td>
              <td class="number">{rttMs === undefined ? "—" : duration(rttMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
