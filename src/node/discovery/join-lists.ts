import { HearsayError } from "../../core/errors.ts";
import { parsePlace } from "../address-text.ts";
import type { NodeOptions } from "../api.ts";
import type { Joins } from "../joins.ts";
import { Discovery, type DiscoveryPorts } from "./discovery.ts";

type JoinOptions = Pick<NodeOptions, "discovery" | "join" | "joinMin">;

/** Where a node looks for its cluster: at the places its user names, and at those it discovers. */
export class JoinLists {
  private readonly joins: Joins;
  private readonly ports: Omit<DiscoveryPorts, "onFound">;
  private discovery: Discovery | undefined;
  private named: readonly string[] = [];
  private found: readonly string[] = [];
  private enough = 0;
  private isStopped = false;

  constructor(joins: Joins, ports: Omit<DiscoveryPorts, "onFound">) {
    this.joins = joins;
    this.ports = ports;
  }

  /** Begins to look. Rejects with what a source cannot be opened for. */
  async open({ discovery, join = [], joinMin = 0 }: JoinOptions): Promise<void> {
    this.enough = joinMin;
    this.named = join;
    this.joins.keepTrying(join, joinMin);
    if (discovery === undefined) return;
    for (const source of discovery.sources) await source.open?.();
    const onFound = (addresses: readonly string[]): void => this.onFound(addresses);
    const made = new Discovery(discovery, { ...this.ports, onFound });
    this.discovery = made;
    if (this.isStopped) return made.stop();
    made.start();
  }

  /** @throws HearsayError ADDRESS_INVALID */
  setNamed(addresses: readonly string[]): void {
    const isList = Array.isArray(addresses);
    if (!isList) throw new HearsayError("CONFIG_OPTION", "setJoin takes a list of addresses.");
    const named: readonly string[] = addresses;
    for (const text of named) parsePlace(text, "an address of join");
    this.named = named;
    this.apply();
  }

  stop(): void {
    this.isStopped = true;
    this.discovery?.stop();
    this.joins.stop();
  }

  private onFound(addresses: readonly string[]): void {
    this.found = addresses;
    this.apply();
  }

  private apply(): void {
    this.joins.replace([...this.named, ...this.found], this.enough);
  }
}
