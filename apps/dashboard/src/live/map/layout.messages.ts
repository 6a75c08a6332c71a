/** A graph to lay out: places by index, and pairs of them that belong together. */
export interface LayoutRequest {
  readonly round: number;
  readonly names: readonly string[];
  readonly edges: Uint32Array;
}

/** `x, y` of each name of that round, in no unit; the picture is scaled to its box. */
export interface LayoutAnswer {
  readonly round: number;
  readonly places: Float32Array;
  readonly isDone: boolean;
}
