import { useState } from "preact/hooks";
import type { Member } from "../../../../../src/agent/admin.messages.ts";
import { counted, duration } from "../../shared/format.ts";
import { StatusWord } from "../status-mark.tsx";
import { byTrouble } from "./member-order.ts";

interface MemberListProps {
  readonly members: readonly Member[];
  readonly local: string;
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
}

/** Rows at once: a thousand of them would be in the way of the picture, and of each other. */
const ROWS_MAX = 100;

/** Who needs looking at comes first. */
export function MemberList({ chosen, local, members, onChoose }: MemberListProps) {
  const [wanted, setWanted] = useState("");
  const found = members.filter(({ address, name }) => {
    return wanted === "" || name.includes(wanted) || address.includes(wanted);
  });
  found.sort(byTrouble);
  const rest = found.length - ROWS_MAX;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="panel scroll member-list" aria-label="Members" tabIndex={0}>
      {members.length > ROWS_MAX ? (
        <input
          type="search"
          class="find-member"
          aria-label="Find a member by its name or address"
          placeholder="Find a member by name or address"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value.trim())}
        />
      ) : null}
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
          {found.slice(0, ROWS_MAX).map((member) => (
            <Row
              key={member.name}
              member={member}
              isLocal={member.name === local}
              isChosen={member.name === chosen}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
      {rest > 0 ? <p class="muted small">{counted(rest, "more member")} not listed.</p> : null}
    </section>
  );
}

interface RowProps {
  readonly member: Member;
  readonly isLocal: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (name: string) => void;
}

function Row({ isChosen, isLocal, member, onChoose }: RowProps) {
  const { address, degraded, name, rttMs, status } = member;
  return (
    <tr class={isChosen ? "chosen" : ""} data-member={name}>
      <td>
        <button type="button" aria-pressed={isChosen} onClick={() => onChoose(name)}>
          {name}
          {isLocal ? <span class="muted"> (this agent)</span> : null}
        </button>
      </td>
      <td>
        <StatusWord member={{ status, degraded }} />
      </td>
      <td class="mono">{address}</td>
      <td class="number">{rttMs === undefined ? "—" : duration(rttMs)}</td>
    </tr>
  );
}
