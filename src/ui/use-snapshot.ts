/** The latest snapshot, taken no more often than frames are drawn: the source may change thousands of times a second. */
import { useEffect, useState } from "react";
import { viewLimits } from "../core/limits.ts";
import type { ProxySnapshot } from "../core/snapshot.ts";

const FRAME_MS = Math.ceil(1000 / viewLimits.framesPerSecond);

/** Never takes a snapshot inside the source's call: that call stands in the way of mail. */
export function useSnapshot(source: {
  subscribe(listener: () => void): () => void;
  getSnapshot(): ProxySnapshot;
}): ProxySnapshot {
  const [snapshot, setSnapshot] = useState(() => source.getSnapshot());
  const { subscribe, getSnapshot } = source;
  useEffect(() => {
    let timer: NodeJS.Timeout | undefined;
    const take = () => {
      timer = undefined;
      setSnapshot(getSnapshot());
    };
    const unsubscribe = subscribe(() => {
      timer ??= setTimeout(take, FRAME_MS);
    });
    take();
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [subscribe, getSnapshot]);
  return snapshot;
}
