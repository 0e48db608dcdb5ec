import { useId, useState } from 'preact/hooks';
import type { PeerLink } from '../../media';
import { Icon } from './icons';
import { SAID_AFTER_MS, useLasting } from './lasting';
import { type LinkWord, linkMeans, linkSays } from './words';

export function useLinkWord(link: PeerLink | undefined): LinkWord {
  const isUp = link?.state.value === 'connected' && link.path.value !== null;
  const hasBeenUp = link?.hasConnected.value === true;
  const isLost = useLasting(hasBeenUp && link?.state.value !== 'connected', SAID_AFTER_MS);
  if (isLost) return 'reconnecting';
  const path = link?.path.value;
  if (isUp || (hasBeenUp && path)) return path?.is === 'relayed' ? 'relayed' : 'direct';
  return 'connecting';
}

/** The way the packets go, in a word; what that means for a tap. */
export function LinkChip({ link }: { link: PeerLink | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const word = useLinkWord(link);
  const path = link?.path.value ?? null;
  return (
    <span class="link-chip">
      <button
        type="button"
        class={`chip ${word}`}
        aria-expanded={isOpen}
        aria-controls={id}
        data-testid="link-chip"
        data-path={word}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
      >
        {linkSays(word, path)}
        <Icon name="down" />
      </button>
      <span id={id} class="meaning" hidden={!isOpen} role="note">
        {linkMeans(word, path)}
      </span>
    </span>
  );
}
