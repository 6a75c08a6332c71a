const WHOLE_FROM = 100_000;
const FIGURES = 6;

/** `12,345.6`: the same on every machine, whatever its locale. */
export function number(value: number): string {
  const isLarge = Math.abs(value) >= 100;
  return grouped(isLarge ? Math.round(value) : Math.round(value * 1_000) / 1_000);
}

/** With six figures, for what is compared with a published number. */
export function figures(value: number): string {
  const isLarge = Math.abs(value) >= WHOLE_FROM;
  return grouped(isLarge ? Math.round(value) : Number(value.toPrecision(FIGURES)));
}

function grouped(value: number): string {
  const [whole = "", fraction] = String(value).split(".");
  const parts = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? parts : `${parts}.${fraction}`;
}
