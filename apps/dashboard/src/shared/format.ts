const count = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const SIZES = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `12,345` */
export function whole(value: number): string {
  return count.format(value);
}

/** Three figures: `0.87`, `1,230,000`. */
export function figures(value: number): string {
  return Math.abs(value) >= 1_000 ? count.format(value) : short.format(value);
}

/** `1.4 KiB` */
export function bytes(value: number): string {
  let size = value;
  let step = 0;
  while (Math.abs(size) >= 1_024 && step < SIZES.length - 1) {
    size /= 1_024;
    step += 1;
  }
  return `${step === 0 ? count.format(size) : short.format(size)} ${SIZES[step] ?? "B"}`;
}

/** `0.4 ms`, `12 ms`, `3.2 s`, `4 min`, `2 h`, `3 d` */
export function duration(ms: number): string {
  if (ms < 1_000) return `${short.format(ms)} ms`;
  if (ms < 60_000) return `${short.format(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${count.format(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${short.format(ms / 3_600_000)} h`;
  return `${short.format(ms / 86_400_000)} d`;
}

/** `14:03:22.418`, of this machine's clock. */
export function clockTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A value as people write it: text bare, all else as JSON. */
export function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** What somebody typed: JSON where it is JSON, else the text itself. */
export function typedValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Long values have their beginning shown. */
export function clipped(text: string, maxLength = 400): string {
  return text.length <= maxLength
    ? text
    : `${text.slice(0, maxLength)} … (${whole(text.length)} letters)`;
}

/** `one member`, `5 members` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return value === 1 ? `1 ${one}` : `${whole(value)} ${many}`;
}
