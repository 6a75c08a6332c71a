/**
 * Certificates in whole nodes under random faults, held against what the nodes really have: no
 * certificate may name a life that does not hold the write, or leave out a member that its giver
 * saw alive.
 */
import { Random } from "../../src/core/random.ts";
import type { Certificate } from "../../src/index.ts";
import { NotEverywhereError } from "../../src/node/certificates/not-everywhere-error.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

const NODES_COUNT = 5;
const ROUNDS_COUNT = 14;
const KEYS_COUNT = 3;

export interface CertificateReport {
  readonly seed: number;
  readonly certificatesCount: number;
  readonly shortfallsCount: number;
  readonly goneCount: number;
  readonly succeededCount: number;
  readonly checkedLivesCount: number;
  readonly failures: readonly string[];
}

type Cluster = TestCluster<unknown>;
interface Clock {
  readonly ms: number;
  readonly counter: number;
}

class CertificateRun {
  readonly counts = { certificates: 0, shortfalls: 0, gone: 0, succeeded: 0, checkedLives: 0 };
  readonly failures: string[] = [];
  private readonly cluster: Cluster;
  private readonly random: Random;
  private readonly down = new Set<string>();
  private readonly paused = new Set<string>();
  private readonly pending: Promise<unknown>[] = [];
  private readonly heardAt: ReadonlyMap<string, number>;

  constructor(cluster: Cluster, random: Random, heardAt: ReadonlyMap<string, number>) {
    this.heardAt = heardAt;
    this.cluster = cluster;
    this.random = random;
  }

  async run(): Promise<void> {
    for (let round = 0; round < ROUNDS_COUNT; round += 1) {
      await this.fault();
      this.writeAndWait();
      await this.cluster.runForMs(200 + this.random.below(3_000));
    }
    this.cluster.heal();
    for (const name of this.paused) this.cluster.resume(name);
    for (const name of this.down) await this.cluster.restart(name, { disk: "kept" });
    await this.cluster.run(Promise.all(this.pending), { limitMs: 120_000 });
  }

  private async fault(): Promise<void> {
    const { cluster } = this;
    const name = this.anyName();
    switch (this.random.below(8)) {
      case 0:
        cluster.partition(cluster.names.slice(0, 1 + this.random.below(NODES_COUNT - 1)));
        return;
      case 1:
        cluster.heal();
        return;
      case 2:
        return this.crash(name);
      case 3:
      case 4:
        return await this.restart();
      case 5:
        if (cluster.isRunning(name) && !this.paused.has(name)) {
          cluster.pause(name);
          this.paused.add(name);
        }
        return;
      case 6:
        for (const one of this.paused) cluster.resume(one);
        this.paused.clear();
        return;
      default:
        cluster.lose(this.random.real() * 0.3);
    }
  }

  private crash(name: string): void {
    if (this.down.size >= 2 || !this.cluster.isRunning(name) || this.paused.has(name)) return;
    this.cluster.crash(name, this.random.below(2) === 0 ? "process" : "machine");
    this.down.add(name);
  }

  private async restart(): Promise<void> {
    const [name] = this.down;
    if (name === undefined) return;
    this.down.delete(name);
    const disk = this.random.below(2) === 0 ? "kept" : "lost";
    await this.cluster.restart(name, { disk });
  }

  /** Nobody waits for the certificate yet: faults go on meanwhile. */
  private writeAndWait(): void {
    const { cluster } = this;
    const name = this.anyName();
    if (!cluster.isRunning(name) || this.paused.has(name)) return;
    const key = `k${this.random.below(KEYS_COUNT)}`;
    const node = cluster.node(name);
    void node.infos.set(key, this.random.uint32()).catch(() => {});
    const clock = node.infos.info(key)?.clock;
    if (clock === undefined) return;
    const asked = node.infos.everywhere(key, { timeoutMs: 1_000 + this.random.below(30_000) });
    const ended = asked.then(
      (certificate) => this.check(certificate, clock),
      (error: unknown) => this.onShortfall(error),
    );
    this.pending.push(ended);
  }

  private check(certificate: Certificate, clock: Clock): void {
    const { cluster, counts } = this;
    const { by, evidence, gone, key = "" } = certificate;
    counts.certificates += 1;
    counts.gone += gone.length;
    for (const { name, origin, standing } of evidence) {
      if (standing === "succeeded") counts.succeeded += 1;
      // What an ended life had cannot be looked at any more.
      if (!cluster.isRunning(name) || cluster.node(name).origin !== origin) continue;
      counts.checkedLives += 1;
      const held = cluster.node(name).infos.info(key)?.clock;
      if (held === undefined || isBefore(held, clock)) {
        this.failures.push(`${by} says that ${origin} has ${key}, and it has not`);
      }
    }
    const giver = cluster.names.find((name) => cluster.node(name).origin === by);
    if (giver === undefined || !cluster.isRunning(giver)) return;
    // Who is found to live after all, in the very instant, is named among the gone.
    const named = new Set([...evidence, ...gone].map(({ name }) => name));
    for (const { name, status } of cluster.node(giver).members) {
      // Promises are told a little later: who was heard of in that instant is no fault.
      if ((this.heardAt.get(`${giver} ${name}`) ?? 0) >= certificate.at) continue;
      if ((status === "alive" || status === "suspect") && !named.has(name)) {
        this.failures.push(`${by} saw ${name} alive, and left it out`);
      }
    }
  }

  private onShortfall(error: unknown): void {
    // Of a node that crashed nobody hears; its promises end when it does.
    if (error instanceof NotEverywhereError) {
      this.counts.shortfalls += 1;
      const { missing } = error.certificate;
      if (missing.length === 0) this.failures.push("nobody was missing, and it was not everywhere");
    }
  }

  private anyName(): string {
    const { names } = this.cluster;
    return names[this.random.below(names.length)] ?? "n1";
  }
}

function isBefore(a: Clock, b: Clock): boolean {
  return a.ms < b.ms || (a.ms === b.ms && a.counter < b.counter);
}

export async function runCertificateSeed(seed: number): Promise<CertificateReport> {
  const heardAt = new Map<string, number>();
  await using cluster = await createTestCluster({
    nodes: NODES_COUNT,
    seed,
    options: { infos: {} },
    setup: (node) => {
      node.members.on(({ at, member }) => heardAt.set(`${node.name} ${member.name}`, at));
    },
  });
  const run = new CertificateRun(cluster, new Random(seed), heardAt);
  await run.run();
  const { certificates, checkedLives, gone, shortfalls, succeeded } = run.counts;
  return {
    seed,
    certificatesCount: certificates,
    shortfallsCount: shortfalls,
    goneCount: gone,
    succeededCount: succeeded,
    checkedLivesCount: checkedLives,
    failures: run.failures,
  };
}

interface Span {
  readonly seed: number;
  readonly count: number;
  readonly write: (line: string) => void;
}

/** Seeds one after another; those that failed are written with how to run them again. */
export async function runCertificateSeeds(span: Span): Promise<CertificateReport[]> {
  const reports: CertificateReport[] = [];
  for (let seed = span.seed; seed < span.seed + span.count; seed += 1) {
    const report = await runCertificateSeed(seed);
    reports.push(report);
    for (const failure of report.failures) {
      span.write(
        `seed ${seed}: ${failure}; again: npm run swarm -- certificates --seed ${seed} --count 1`,
      );
    }
  }
  return reports;
}
