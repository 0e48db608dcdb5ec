/** Asks the server as soon as what is asked has changed, and drops answers that come too late. */
import { useEffect, useState } from 'preact/hooks';
import { type Refusal, Refused } from '../../signalling';

/** Guess: longer than between two keys, shorter than one notices. */
const SETTLED_MS = 250;

export type Answer<T> = { value: T | null; refusal: Refusal | null; isAsking: boolean };

/** The last value stays while a new one is on its way, so that the page does not jump. */
export function useAnswer<T>(question: string, ask: (() => Promise<T>) | null): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ value: null, refusal: null, isAsking: ask !== null });
  // `question` says all that `ask` depends on
  useEffect(() => {
    if (!ask) {
      setAnswer({ value: null, refusal: null, isAsking: false });
      return;
    }
    let isCurrent = true;
    setAnswer((before) => ({ ...before, isAsking: true }));
    const timer = setTimeout(async () => {
      const found = await answered(ask());
      if (isCurrent) setAnswer((before) => ({ ...found, value: found.value ?? before.value }));
    }, SETTLED_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [question]);
  return answer;
}

async function answered<T>(asked: Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await asked, refusal: null, isAsking: false };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { value: null, refusal: error.refusal, isAsking: false };
  }
}
