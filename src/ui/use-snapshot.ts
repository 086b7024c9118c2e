/** The latest snapshot, taken a few times a second at most: the source may change thousands of times a second. */
import { useEffect, useState } from "react";
import { viewLimits } from "../core/limits.ts";

/** Never takes a snapshot inside the source's call: that call stands in the way of mail. */
export function useSnapshot<T>(source: { subscribe(listener: () => void): () => void; getSnapshot(): T }): T {
  const [snapshot, setSnapshot] = useState(() => source.getSnapshot());
  const { subscribe, getSnapshot } = source;
  useEffect(() => {
    let timer: NodeJS.Timeout | undefined;
    const take = () => {
      timer = undefined;
      setSnapshot(getSnapshot());
    };
    const unsubscribe = subscribe(() => {
      timer ??= setTimeout(take, viewLimits.snapshotIntervalMs);
    });
    take();
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [subscribe, getSnapshot]);
  return snapshot;
}
