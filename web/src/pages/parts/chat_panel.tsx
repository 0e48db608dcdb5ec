/** The chat beside the picture: what was said, quick phrases, and a line to type in. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Call, ChatMessage } from '../../signalling';
import type { Chat } from './chat';
import { type Pending, pieces, unreadIn } from './chat_log';
import { Icon } from './icons';
import { announce } from './notices';
import { CHAT, YOU } from './words';

type ChatProps = { chat: Chat; call: Call };

/** The longest that the server takes. */
const MAX_LENGTH = 2000;

export function ChatPanel({ chat, call, phrases }: ChatProps & { phrases: readonly string[] }) {
  return (
    <div class="chat">
      <Log chat={chat} call={call} />
      <ul class="phrases" aria-label={CHAT.phrases}>
        {phrases.map((phrase) => (
          <li key={phrase}>
            <button type="button" class="button" onClick={() => chat.say(call.id, phrase)}>
              {phrase}
            </button>
          </li>
        ))}
      </ul>
      <Line onSay={(text) => chat.say(call.id, text)} />
    </div>
  );
}

function Log({ chat, call }: ChatProps) {
  const end = useRef<HTMLDivElement>(null);
  const { said, pending } = chat.of(call.id);
  const last = said.at(-1)?.seq ?? 0;
  useEffect(() => {
    const log = end.current?.parentElement;
    if (log) log.scrollTop = log.scrollHeight;
  }, [last, pending.length]);
  useEffect(() => {
    // Read is what was in sight on a page in sight.
    const isSeen = () => document.visibilityState === 'visible' && isInSight(end.current);
    const look = () => isSeen() && chat.markRead(call.id, last);
    look();
    document.addEventListener('visibilitychange', look);
    document.addEventListener('scroll', look, { passive: true });
    return () => {
      document.removeEventListener('visibilitychange', look);
      document.removeEventListener('scroll', look);
    };
  }, [chat, call.id, last]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="log" role="log" aria-label={CHAT.title} tabIndex={0} data-testid="chat-log">
      {said.length + pending.length === 0 && <p class="quiet">{CHAT.nothing}</p>}
      {said.map((message) => (
        <Message key={message.seq} message={message} call={call} />
      ))}
      {pending.map((one) => (
        <Waiting key={one.id} one={one} chat={chat} call={call} />
      ))}
      <div ref={end} />
    </div>
  );
}

function Message({ message, call }: { message: ChatMessage; call: Call }) {
  const sender = call.participants.find(({ id }) => id === message.sender);
  const isMine = message.sender === call.you;
  return (
    <p class={`message person-${sender?.colour ?? 1} ${isMine ? 'mine' : ''}`} data-seq={message.seq}>
      <span class="by small">
        <strong>{isMine ? YOU : (sender?.name ?? CHAT.somebody)}</strong>{' '}
        <time class="quiet">{clockTime(message.at)}</time>
      </span>
      <Text text={message.text} />
    </p>
  );
}

function Waiting({ one, chat, call }: { one: Pending } & ChatProps) {
  return (
    <p class="message mine" data-pending>
      <span class="by small quiet">{one.trouble ?? CHAT.sending}</span>
      <Text text={one.text} />
      {one.trouble && (
        <span class="row">
          <button type="button" class="button" onClick={() => chat.say(call.id, one.text, one.id)}>
            {CHAT.again}
          </button>
          <button type="button" class="button plain" onClick={() => chat.drop(call.id, one.id)}>
            {CHAT.drop}
          </button>
        </span>
      )}
    </p>
  );
}

function Text({ text }: { text: string }) {
  return (
    <span class="text" dir="auto">
      {pieces(text).map(({ text: piece, href }, index) =>
        href === null ? (
          piece
        ) : (
          <a key={index} href={href} target="_blank" rel="noopener noreferrer">
            {piece}
          </a>
        ),
      )}
    </span>
  );
}

function Line({ onSay }: { onSay: (text: string) => void }) {
  const [text, setText] = useState('');
  const send = (event: Event) => {
    event.preventDefault();
    if (!text.trim()) return;
    onSay(text.trim());
    setText('');
  };
  return (
    <form class="line" onSubmit={send}>
      <label class="unseen" for="chat-line">
        {CHAT.write}
      </label>
      <input
        id="chat-line"
        autocomplete="off"
        enterkeyhint="send"
        maxLength={MAX_LENGTH}
        placeholder={CHAT.write}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button main">
        {CHAT.send}
      </button>
    </form>
  );
}

/** How many messages wait to be read; says the newest aloud while the chat is not on the page. */
export function useUnread(chat: Chat, call: Call | undefined): ChatMessage[] {
  const unread = call ? unreadIn(chat.of(call.id), chat.readIn(call.id), call.you) : [];
  const isOpen = chat.isOpen.value;
  const newest = unread.at(-1);
  const name = call?.participants.find(({ id }) => id === newest?.sender)?.name ?? CHAT.somebody;
  useEffect(() => {
    if (newest && !isOpen) announce(CHAT.from(name, newest.text));
  }, [newest?.seq]);
  return unread;
}

export function UnreadMark({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span class="unread">
      {count}
      <span class="unseen"> {CHAT.unread}</span>
    </span>
  );
}

/** On the field page: the first message that was not read yet, as a card that waits. */
export function UnreadCard({ chat, call, unread }: ChatProps & { unread: ChatMessage[] }) {
  const first = unread[0];
  if (!first || chat.isOpen.value) return null;
  const name = call.participants.find(({ id }) => id === first.sender)?.name ?? CHAT.somebody;
  return (
    <div class="notice chat-card" data-testid="chat-card">
      <span>
        <strong>{name}</strong> <Text text={first.text} />
      </span>
      <button
        type="button"
        class="button plain"
        aria-label={CHAT.markRead}
        onClick={() => chat.markRead(call.id, first.seq)}
      >
        <Icon name="check" />
      </button>
    </div>
  );
}

function isInSight(element: HTMLElement | null): boolean {
  const box = element?.parentElement?.getBoundingClientRect();
  return box !== undefined && box.height > 0 && box.bottom > 0 && box.top < window.innerHeight;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

function clockTime(at: number): string {
  return CLOCK.format(new Date(at * 1000));
}
