import type { Presence } from '../../signalling';
import { PRESENCE } from './words';

/** A shape and a word, never a colour alone. */
export function PresenceMark({ presence, word = PRESENCE[presence] }: { presence: Presence; word?: string }) {
  return (
    <span class={`presence ${presence}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {presence === 'available' && <circle cx="6" cy="6" r="5" fill="currentColor" />}
        {presence === 'busy' && <rect x="1" y="1" width="10" height="10" fill="currentColor" />}
        {presence === 'offline' && (
          <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        )}
      </svg>
      {word}
    </span>
  );
}
