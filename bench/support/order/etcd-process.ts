/** Callers of one member of etcd, in a process of their own; its parent tells it what to do. */
import { Etcd3 } from "etcd3";
import { answerOrders } from "../state/orders.ts";
import { keepCalling, nextBytes } from "./callers.ts";

export type EtcdOrder =
  | { readonly do: "open"; readonly host: string }
  | { readonly do: "call"; readonly concurrency: number; readonly forMs: number }
  | { readonly do: "end" };

let client: Etcd3 | undefined;
let nextKey = 0;

async function put(into: Etcd3): Promise<void> {
  nextKey += 1;
  const value = Buffer.from(nextBytes().buffer);
  await into.put(`bench/${process.pid}/${nextKey}`).value(value).exec();
}

answerOrders<EtcdOrder>(async (order) => {
  switch (order.do) {
    case "open":
      client = new Etcd3({ hosts: [order.host] });
      return put(client);
    case "call": {
      const into = client;
      if (into === undefined) throw new Error("open comes first");
      return keepCalling(() => put(into), order);
    }
    case "end":
      return client?.close();
  }
});
