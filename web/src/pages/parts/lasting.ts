import { useEffect, useState } from 'preact/hooks';

/** True once `condition` has held for `ms`: what mends itself at once is not worth a word. */
export function useLasting(condition: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    setLasts(false);
    if (!condition) return;
    const timer = setTimeout(() => setLasts(true), ms);
    return () => clearTimeout(timer);
  }, [condition, ms]);
  return condition && lasts;
}

/** When the interface first speaks of a loss: product.md, "say so after 2 s". */
export const SAID_AFTER_MS = 2_000;
