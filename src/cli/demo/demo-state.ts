import type { Report, Statuses } from "./demo.messages.ts";

/** What is known of one node process. Times are `sharedNow` of that process. */
export interface DemoRow {
  readonly name: string;
  pid: number;
  state: "starting" | "up" | "killed" | "ended";
  address: string;
  adminUrl: string | undefined;
  statuses: Statuses;
  /** When it first saw each other node suspected, and failed. */
  readonly suspectedAt: Map<string, number>;
  readonly failedAt: Map<string, number>;
  /** Arrival of the latest rumour. */
  arrivedAt: number | undefined;
  failure: string | undefined;
}

/** The demonstration's picture of its processes, put together from their reports alone. */
export class DemoState {
  readonly rows: readonly DemoRow[];
  publishedAt: number | undefined;
  rumour = "";
  killed: { readonly name: string; readonly at: number } | undefined;

  constructor(names: readonly string[]) {
    this.rows = names.map((name) => ({
      name,
      pid: 0,
      state: "starting",
      address: "",
      adminUrl: undefined,
      statuses: {},
      suspectedAt: new Map(),
      failedAt: new Map(),
      arrivedAt: undefined,
      failure: undefined,
    }));
  }

  row(name: string): DemoRow | undefined {
    return this.rows.find((row) => row.name === name);
  }

  get upRows(): readonly DemoRow[] {
    return this.rows.filter((row) => row.state === "up");
  }

  onReport(name: string, report: Report): void {
    const row = this.row(name);
    if (row === undefined || row.state === "killed" || row.state === "ended") return;
    switch (report.kind) {
      case "listening":
        row.state = "up";
        row.address = report.address;
        row.adminUrl = report.adminUrl;
        return;
      case "statuses":
        row.statuses = report.statuses;
        this.noteStatuses(row, report.at);
        return;
      case "published":
        this.publishedAt = report.at;
        return;
      case "arrived":
        this.noteArrival(row, report);
        return;
      case "failed":
        row.failure = `${report.code} ${report.message}`;
        return;
    }
  }

  /** Another rumour than the last one begins a new count. */
  private noteArrival(row: DemoRow, report: Report & { kind: "arrived" }): void {
    if (report.text !== this.rumour) this.beginRumour(report.text, report.at);
    row.arrivedAt ??= report.at;
  }

  beginRumour(text: string, at?: number): void {
    this.rumour = text;
    this.publishedAt = at;
    for (const row of this.rows) row.arrivedAt = undefined;
  }

  private noteStatuses(row: DemoRow, at: number): void {
    for (const [name, status] of Object.entries(row.statuses)) {
      if (status === "alive") {
        row.suspectedAt.delete(name);
        row.failedAt.delete(name);
      }
      if (status === "suspect" && !row.suspectedAt.has(name)) row.suspectedAt.set(name, at);
      if (status === "failed" && !row.failedAt.has(name)) row.failedAt.set(name, at);
    }
  }

  /** Every process that is up lists every such process, and only those, as alive. */
  get isConverged(): boolean {
    const up = this.upRows;
    return up.every(
      (row) =>
        up.every((other) => row.statuses[other.name] === "alive") &&
        Object.values(row.statuses).filter((status) => status === "alive").length === up.length,
    );
  }

  get rumourArrivals(): readonly number[] {
    return this.upRows.flatMap(({ arrivedAt }) => (arrivedAt === undefined ? [] : [arrivedAt]));
  }

  /** When each process still up found `name` failed; shorter than `upRows` while some have not. */
  detections(name: string): readonly number[] {
    return this.upRows.flatMap((row) => row.failedAt.get(name) ?? []);
  }
}
