import { type Refusal, Refused } from '../../signalling';
import { Icon } from './icons';

/** What happened, and what to do next. */
export function RefusalNote({ refusal }: { refusal: Pick<Refusal, 'text' | 'hint'> }) {
  return (
    <div class="refusal" role="alert">
      <Icon name="warning" />
      <strong>{refusal.text}</strong>
      {refusal.hint && <span>{refusal.hint}</span>}
    </div>
  );
}

/** The refusal of a request, or null when it was done; anything else is a fault of ours and goes on. */
export async function refusalOf(request: Promise<unknown>): Promise<Refused | null> {
  try {
    await request;
    return null;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}
