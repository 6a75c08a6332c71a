/** Numbers as a person reads them at a glance: four figures, in the unit that suits. */

const NOTHING = "-";
const SIZES = ["B", "K", "M", "G", "T", "P"] as const;
const BYTES_STEP = 1_024;

export function figure(value: number | null | undefined, unit: string): string {
  if (value === undefined) return NOTHING;
  if (value === null) return "inf";
  if (unit === "bytes") return size(value);
  if (unit === "seconds") return duration(value);
  if (unit === "ratio") return `${(value * 100).toFixed(value < 0.1 ? 1 : 0)}%`;
  return plain(value);
}

export function milliseconds(value: number | null | undefined): string {
  return value === undefined || value === null ? NOTHING : duration(value / 1_000);
}

function size(bytes: number): string {
  let value = bytes;
  let at = 0;
  while (Math.abs(value) >= BYTES_STEP && at < SIZES.length - 1) {
    value /= BYTES_STEP;
    at += 1;
  }
  return `${at === 0 ? plain(value) : value.toFixed(value < 10 ? 1 : 0)}${SIZES[at] ?? ""}`;
}

function duration(seconds: number): string {
  if (seconds === 0) return "0";
  if (seconds < 1) {
    const ms = seconds * 1_000;
    return `${ms.toFixed(ms < 10 ? 1 : 0)}ms`;
  }
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800
    ? `${(seconds / 3_600).toFixed(1)}h`
    : `${Math.round(seconds / 86_400)}d`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(4)));
}
