/** A process of its own with both copies of one pair; its parent tells it when to run. */

import { answerOrders } from "./orders.ts";
import { PairCourse, type PairName } from "./pair.ts";

export type PairOrder =
  | { readonly do: "open"; readonly pair: PairName }
  | { readonly do: "run" }
  | { readonly do: "check" };

let course: PairCourse | undefined;

answerOrders<PairOrder>(async (order) => {
  switch (order.do) {
    case "open":
      course = await PairCourse.open(order.pair);
      return undefined;
    case "run":
      return course?.run();
    case "check":
      return course?.check();
  }
});
