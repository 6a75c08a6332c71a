/** Lays graphs out beside the page, so that it stays fluid with a thousand members. */
import type { LayoutAnswer, LayoutRequest } from "./layout.messages.ts";
import { type Place, simulationOf } from "./layout.ts";

const TICKS_MAX = 300;
const TICKS_A_TURN = 6;
/** What is left of the heat for graphs that were nearly as they are: places hardly move. */
const GENTLE_ALPHA = 0.25;
const SPREAD = 400;

/** Where members stood last, so that a picture changes only as far as the cluster did. */
const known = new Map<string, { x: number; y: number }>();
let round = 0;

addEventListener("message", (event: MessageEvent<LayoutRequest>): void => {
  round = event.data.round;
  layOut(event.data);
});

function layOut({ edges, names, round: mine }: LayoutRequest): void {
  const places = names.map((name, at): Place => placeOf(name, at, names.length));
  const newCount = names.filter((name) => !known.has(name)).length;
  const present = new Set(names);
  for (const name of known.keys()) if (!present.has(name)) known.delete(name);
  const links: { source: number; target: number }[] = [];
  for (let at = 0; at + 1 < edges.length; at += 2) {
    links.push({ source: edges[at] ?? 0, target: edges[at + 1] ?? 0 });
  }
  const simulation = simulationOf(places, links);
  simulation.alpha(newCount * 4 > names.length ? 1 : GENTLE_ALPHA);
  let ticks = 0;
  const turn = (): void => {
    if (mine !== round) return;
    simulation.tick(TICKS_A_TURN);
    ticks += TICKS_A_TURN;
    const isDone = ticks >= TICKS_MAX || simulation.alpha() < 0.005;
    answer(mine, places, isDone ? "done" : "goes on");
    if (!isDone) setTimeout(turn, 0);
  };
  turn();
}

/** Sunflower seeds for those that are new: even, and the same each time. */
function placeOf(name: string, at: number, count: number): Place {
  const before = known.get(name);
  if (before !== undefined) return { name, x: before.x, y: before.y };
  const angle = at * 2.399_963;
  const radius = SPREAD * Math.sqrt((at + 0.5) / Math.max(1, count));
  return { name, x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
}

function answer(mine: number, places: readonly Place[], state: "goes on" | "done"): void {
  const flat = new Float32Array(places.length * 2);
  for (const [at, { name, x = 0, y = 0 }] of places.entries()) {
    flat[at * 2] = x;
    flat[at * 2 + 1] = y;
    known.set(name, { x, y });
  }
  const message: LayoutAnswer = { round: mine, places: flat, isDone: state === "done" };
  postMessage(message, { transfer: [flat.buffer] });
}
