/** Beside the picture: one panel with tabs. More tabs come with their parts. */
import { useEffect } from 'preact/hooks';
import type { Call, Participant } from '../../signalling';
import { ChatPanel } from '../parts/chat_panel';
import { myself, othersIn } from '../parts/participants';
import { CHAT, MICROPHONE_IS_OFF, NO_MICROPHONE, ROLE } from '../parts/words';
import type { Desk } from './desk';
import { CALL, PHRASES } from './words';

type PanelProps = { desk: Desk; call: Call };

const TABS = ['chat', 'people'] as const;
type Tab = (typeof TABS)[number];
const WORD: Record<Tab, string> = { chat: CHAT.title, people: CALL.participants };

/** Whatever is on the page just now: the tab is opened, and the line to type in has the keys. */
export function openChat(desk: Desk): void {
  desk.chat.open(true);
  requestAnimationFrame(() => document.getElementById('chat-line')?.focus());
}

export function CallPanel({ desk, call }: PanelProps) {
  const { chat } = desk;
  const chosen: Tab = chat.isOpen.value ? 'chat' : 'people';
  useEffect(() => chat.open(true), [chat]);
  const choose = (tab: Tab) => chat.open(tab === 'chat');
  return (
    <section class="panel" aria-label={CALL.panel}>
      <div class="tabs" role="tablist" aria-label={CALL.panel}>
        {TABS.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`tab-${tab}`}
            class="button plain"
            aria-selected={tab === chosen}
            aria-controls={tab === chosen ? `panel-${tab}` : undefined}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => choose(tab)}
            onKeyDown={(event) => byArrow(event, tab, choose)}
          >
            {WORD[tab]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`panel-${chosen}`} aria-labelledby={`tab-${chosen}`} class="tab-panel">
        {chosen === 'chat' ? (
          <ChatPanel chat={chat} call={call} phrases={PHRASES} />
        ) : (
          <InThisCall call={call} />
        )}
      </div>
    </section>
  );
}

function byArrow(event: KeyboardEvent, from: Tab, choose: (tab: Tab) => void): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined) return;
  const to = TABS[(TABS.indexOf(from) + step + TABS.length) % TABS.length] ?? from;
  choose(to);
  document.getElementById(`tab-${to}`)?.focus();
}

function InThisCall({ call }: { call: Call }) {
  const people = [myself(call), ...othersIn(call)].filter((one) => one !== undefined);
  return (
    <ul class="people-list">
      {people.map((one) => (
        <li key={one.id}>
          <span>
            <strong>{one.name}</strong>{' '}
            <span class="quiet small">{one.id === call.you ? CALL.you : ROLE[one.role]}</span>
          </span>
          <span class="quiet small">{microphoneWord(one)}</span>
          {!one.is_connected && <span class="quiet small">{CALL.away}</span>}
        </li>
      ))}
    </ul>
  );
}

function microphoneWord({ media }: Participant): string {
  if (media.microphone === 'on') return '';
  return media.microphone === 'off' ? MICROPHONE_IS_OFF : NO_MICROPHONE;
}
