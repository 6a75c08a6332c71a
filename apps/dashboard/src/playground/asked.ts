/** Which published table is asked for, in the address of the page beside what is played. */
export interface Asked {
  readonly name: string;
  readonly seed: number;
  readonly runsCount: number;
  /** Those that are not as published. */
  readonly parameters?: Readonly<Record<string, number>>;
}

export const RUNS_MAX = 1_000;
export const TABLE_SEED_MAX = 2 ** 32 - 1;
/** More than any experiment has. */
const PARAMETERS_MAX = 50;

export const firstAsked: Asked = { name: "demers-table-1", seed: 1, runsCount: 2 };

/** What it is called in an address. */
export const askedNames = ["table", "tableSeed", "runs", "set"];

/** Nothing where it is as at first. */
export function askedAddress({ name, parameters = {}, runsCount, seed }: Asked): string {
  const query = new URLSearchParams();
  if (name !== firstAsked.name) query.set("table", name);
  if (seed !== firstAsked.seed) query.set("tableSeed", `${seed}`);
  if (runsCount !== firstAsked.runsCount) query.set("runs", `${runsCount}`);
  const sets = Object.entries(parameters).map(([parameter, value]) => `${parameter}_${value}`);
  if (sets.length > 0) query.set("set", sets.join("~"));
  return query.toString();
}

/** What is no number there is left as it is at first; what there is no table for, the run says. */
export function askedAt(address: string): Asked {
  const query = new URLSearchParams(address);
  const sets = (query.get("set") ?? "").split("~").slice(0, PARAMETERS_MAX);
  const given = sets.flatMap((one) => {
    const [name = "", text = ""] = one.split("_");
    const value = text === "" ? Number.NaN : Number(text);
    return name === "" || !Number.isFinite(value) ? [] : [[name, value] as const];
  });
  const asked = {
    name: query.get("table") ?? firstAsked.name,
    seed: wholeAt(query.get("tableSeed"), TABLE_SEED_MAX) ?? firstAsked.seed,
    runsCount: wholeAt(query.get("runs"), RUNS_MAX) ?? firstAsked.runsCount,
  };
  return given.length === 0 ? asked : { ...asked, parameters: Object.fromEntries(given) };
}

function wholeAt(text: string | null, most: number): number | undefined {
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value >= 1 && value <= most ? value : undefined;
}
