/** What is said aloud and what is said once: the live region and the line for a lost server. */
import { signal } from '@preact/signals';
import type { SocketState } from '../../signalling';
import { Icon } from './icons';
import { SAID_AFTER_MS, useLasting } from './lasting';
import { SERVER_AWAY } from './words';

const said = signal('');

export function announce(text: string): void {
  said.value = text;
}

export function LiveRegion() {
  return (
    <div class="unseen" role="status" aria-live="polite" data-testid="announcements">
      {said.value}
    </div>
  );
}

export function ServerAway({ state }: { state: SocketState }) {
  const isSaid = useLasting(state.is === 'reconnecting', SAID_AFTER_MS);
  if (!isSaid) return null;
  return (
    <p class="notice" role="status">
      <Icon name="warning" /> {SERVER_AWAY}
    </p>
  );
}
