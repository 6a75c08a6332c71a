interface ComplaintsProps {
  readonly complaints: readonly string[];
}

/** What the address of the page said that cannot be. */
export function Complaints({ complaints }: ComplaintsProps) {
  if (complaints.length === 0) return null;
  return (
    <div class="note bad" role="alert">
      <p>This address says what cannot be; the rest of it is played.</p>
      <ul>
        {complaints.map((complaint) => (
          <li key={complaint}>{complaint}</li>
        ))}
      </ul>
    </div>
  );
}
