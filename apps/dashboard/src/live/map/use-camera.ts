import { useEffect, useState } from "preact/hooks";
import { type Box, type MapCamera, projection } from "./map-picture.ts";

const SCALE_MAX = 12;
const SCALE_MIN = 0.02;
/** How far a small cluster is spread over the map. */
const FITTED_SCALE_MAX = 5;
/** Pixels that the buttons take at the bottom. */
const TOOLS_HEIGHT = 40;
interface CameraControls {
  readonly camera: MapCamera;
  /** By so many pixels, and so much nearer. */
  readonly move: (x: number, y: number, factor?: number) => void;
  /** Towards whom is chosen, while all are shown. */
  readonly zoom: (factor: number) => void;
  readonly showAll: () => void;
}

/** Who is looked at; -1: nobody who is there. */
interface Chosen {
  readonly name: string | undefined;
  readonly at: number;
}

/** What part of the map is seen: all of it, however it grows, until it is moved. */
export function useCamera(places: Float32Array, box: Box, chosen: Chosen): CameraControls {
  const { at: chosenAt, name } = chosen;
  const [moved, setMoved] = useState<MapCamera | undefined>(undefined);
  const camera = moved ?? fitted(places, box);
  useEffect(() => {
    if (moved === undefined || chosenAt < 0) return;
    // Who is chosen from the list comes into sight.
    const [x, y] = projection({ box, camera: moved, places })(chosenAt);
    const isSeen = x > 0 && y > 0 && x < box.width && y < box.height;
    if (!isSeen) setMoved({ ...placeAt(places, chosenAt), scale: moved.scale });
  }, [name]);
  const scaled = (factor: number): number => {
    return Math.min(SCALE_MAX, Math.max(SCALE_MIN, camera.scale * factor));
  };
  const move = (x: number, y: number, factor = 1): void => {
    const { scale } = camera;
    setMoved({ x: camera.x + x / scale, y: camera.y + y / scale, scale: scaled(factor) });
  };
  return {
    camera,
    move,
    zoom: (factor) => {
      if (moved !== undefined || chosenAt < 0) return move(0, 0, factor);
      setMoved({ ...placeAt(places, chosenAt), scale: scaled(factor) });
    },
    showAll: () => setMoved(undefined),
  };
}

function placeAt(places: Float32Array, index: number): Pick<MapCamera, "x" | "y"> {
  return { x: places[index * 2] ?? 0, y: places[index * 2 + 1] ?? 0 };
}

/** Where all members are in sight, with room for their names. */
function fitted(places: Float32Array, { height, width }: Box): MapCamera {
  let [left, right, top, bottom] = [-1, 1, -1, 1];
  for (let at = 0; at < places.length; at += 2) {
    left = Math.min(left, places[at] ?? 0);
    right = Math.max(right, places[at] ?? 0);
    top = Math.min(top, places[at + 1] ?? 0);
    bottom = Math.max(bottom, places[at + 1] ?? 0);
  }
  const across = Math.max(40, width - 140) / (right - left);
  const down = Math.max(40, height - 90 - TOOLS_HEIGHT) / (bottom - top);
  const scale = Math.min(FITTED_SCALE_MAX, Math.max(SCALE_MIN, Math.min(across, down)));
  return { x: (left + right) / 2, y: (top + bottom) / 2 + TOOLS_HEIGHT / 2 / scale, scale };
}
