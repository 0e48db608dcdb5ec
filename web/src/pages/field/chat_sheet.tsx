/** The chat over the lower part of the picture, as long as somebody reads or writes. */
import { useEffect, useRef } from 'preact/hooks';
import type { Call } from '../../signalling';
import { ChatPanel } from '../parts/chat_panel';
import { Icon } from '../parts/icons';
import { CHAT } from '../parts/words';
import type { Visit } from './visit';
import { CONTROL, PHRASES } from './words';

export function ChatSheet({ visit, call }: { visit: Visit; call: Call }) {
  const sheet = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    document.getElementById('chat-line')?.focus();
    return () => before?.focus();
  }, []);
  const close = () => visit.chat.open(false);
  return (
    <section
      ref={sheet}
      class="sheet"
      aria-labelledby="chat-title"
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <header>
        <h2 id="chat-title">{CHAT.title}</h2>
        <button type="button" class="button plain" aria-label={CONTROL.closeChat} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <ChatPanel chat={visit.chat} call={call} phrases={PHRASES} />
    </section>
  );
}
