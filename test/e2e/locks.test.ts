/** Real processes that stand still and are killed: who lost a lock cannot do harm any more. */
import { afterEach, expect, test } from "vitest";
import { until } from "./hearsay-process.ts";
import { OrderingGroup, type OrderingProcess } from "./ordering-group.ts";

let group: OrderingGroup | undefined;
afterEach(async () => {
  await group?.end();
  group = undefined;
});

/** Something outside that is guarded by a lock: it refuses tokens smaller than it has seen. */
class Resource {
  readonly taken: number[] = [];
  readonly refused: number[] = [];
  private largest = 0;

  write(token: number): void {
    if (token < this.largest) this.refused.push(token);
    else {
      this.largest = token;
      this.taken.push(token);
    }
  }
}

async function started(): Promise<readonly [OrderingProcess, OrderingProcess, OrderingProcess]> {
  const made = OrderingGroup.here(3);
  group = made;
  await made.start();
  const [one, two, three] = made.processes;
  if (one === undefined || two === undefined || three === undefined) throw new Error("no group");
  return [one, two, three];
}

const acquire = async (one: OrderingProcess): Promise<number> => {
  const answer = await one.ask({ kind: "acquire", name: "l" });
  if (answer?.token === undefined) throw new Error(`no lock: ${answer?.error}`);
  return answer.token;
};

test("a holder that is paused and goes on writes nothing once another has the lock", async () => {
  const [one, two, three] = await started();
  const resource = new Resource();
  const gaveUp: number[] = [];
  for (const each of [one, two, three]) {
    each.onWord = ({ id, token = 0 }) => {
      if (id === "write") resource.write(token);
      else gaveUp.push(token);
    };
  }
  const first = await acquire(one);
  await one.ask({ kind: "write", name: "l", everyMs: 5 });
  await until("some writes", async () => resource.taken.length > 20);

  const next = acquire(two);
  one.pause();
  const second = await next;
  expect(second).toBeGreaterThan(first);
  await two.ask({ kind: "write", name: "l", everyMs: 5 });
  await until("writes of the second", async () => resource.taken.at(-1) === second);
  one.resume();
  await until("the first to give up", async () => gaveUp.includes(first));

  // What it had looked at before it stood still it may do after: once, and the resource refuses it.
  expect(resource.refused.length).toBeLessThanOrEqual(1);
  const tokens = [...new Set(resource.taken)];
  expect(tokens).toEqual([first, second]);

  // It takes part again, and one that is killed holds nobody up for ever.
  const third = acquire(one);
  await two.kill();
  expect(await third).toBeGreaterThan(second);
});
