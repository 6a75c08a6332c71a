import type { Palette } from "../../shared/colors.ts";
import type { ClusterGraph } from "./cluster-graph.ts";

export interface MapCamera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface MapPicture {
  readonly graph: ClusterGraph;
  readonly places: Float32Array;
  readonly camera: MapCamera;
  readonly box: Box;
  readonly palette: Palette;
  readonly chosen: string | undefined;
  readonly hovered: string | undefined;
}

export type Project = (index: number) => readonly [x: number, y: number];

export function projection({
  box: { height, width },
  camera,
  places,
}: Pick<MapPicture, "box" | "camera" | "places">): Project {
  return (index) => [
    ((places[index * 2] ?? 0) - camera.x) * camera.scale + width / 2,
    ((places[index * 2 + 1] ?? 0) - camera.y) * camera.scale + height / 2,
  ];
}

export function radiusOf(membersCount: number): number {
  if (membersCount <= 40) return 9;
  return membersCount <= 200 ? 6 : 4;
}

/** From a mark to the ring around it. */
export const RING_GAP = 5;
