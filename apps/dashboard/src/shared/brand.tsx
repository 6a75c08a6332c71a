export function Brand({ title }: { readonly title: string }) {
  return (
    <span class="brand">
      <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
        <path d="M8 9 16 23 25 12Z" fill="none" stroke="currentColor" stroke-width="2.5" />
        <circle cx="8" cy="9" r="4.5" fill="currentColor" />
        <circle cx="16" cy="23" r="4.5" fill="currentColor" />
        <circle cx="25" cy="12" r="4.5" fill="currentColor" />
      </svg>
      {title}
    </span>
  );
}
