/** The chat of one call as this page knows it: what was said, what waits for the server, where the links are. Pure. */
import type { ChatMessage, FromServer } from '../../signalling';

/** Mine, until the server has numbered it. `trouble`: why it was refused. */
export type Pending = { id: string; text: string; trouble: string | null };

export type ChatLog = { said: readonly ChatMessage[]; pending: readonly Pending[] };

export type ChatLogs = ReadonlyMap<string, ChatLog>;

export const NOTHING_SAID: ChatLog = { said: [], pending: [] };

/** A message that is heard twice is one message: a new session tells everything again. */
export function logsAfter(logs: ChatLogs, message: FromServer): ChatLogs {
  switch (message.type) {
    case 'welcome':
      if (message.is_resumed) return logs;
      return new Map([...logs].map(([call, log]) => [call, { ...log, said: [] }]));
    case 'chat_said':
      return changed(logs, message.call, (log) => withSaid(log, [message.message]));
    case 'chat_kept':
      return changed(logs, message.call, (log) => withSaid(log, message.messages));
    case 'not_taken':
      if (!logs.get(message.call)?.pending.some(({ id }) => id === message.id)) return logs;
      return withTrouble(logs, message.call, message.id, message.text);
    default:
      return logs;
  }
}

export function withPending(logs: ChatLogs, call: string, id: string, text: string): ChatLogs {
  return changed(logs, call, (log) => ({
    ...log,
    pending: [...log.pending.filter((one) => one.id !== id), { id, text, trouble: null }],
  }));
}

export function withoutPending(logs: ChatLogs, call: string, id: string): ChatLogs {
  return changed(logs, call, (log) => ({ ...log, pending: log.pending.filter((one) => one.id !== id) }));
}

/** What others said since `read`, the number of the last message that was seen. */
export function unreadIn(log: ChatLog, read: number, me: string): ChatMessage[] {
  return log.said.filter(({ seq, sender }) => seq > read && sender !== me);
}

export type Piece = { text: string; href: string | null };

/** The text in pieces, of which some are links; never markup. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
    const address = withoutTail(match[0]);
    if (!isAddress(address)) continue;
    if (match.index > at) found.push({ text: text.slice(at, match.index), href: null });
    found.push({ text: address, href: address });
    at = match.index + address.length;
  }
  if (at < text.length) found.push({ text: text.slice(at), href: null });
  return found;
}

/** A full stop or bracket behind an address belongs to the sentence, unless it was opened within the address. */
function withoutTail(address: string): string {
  const last = address.at(-1) ?? '';
  const isOpened = last === ')' && address.includes('(');
  return '.,;:!?\'")]'.includes(last) && !isOpened ? withoutTail(address.slice(0, -1)) : address;
}

function isAddress(text: string): boolean {
  return URL.canParse?.(text) ?? /^https?:\/\/[^/]/.test(text); // older phones cannot say
}

function changed(logs: ChatLogs, call: string, change: (log: ChatLog) => ChatLog): ChatLogs {
  return new Map(logs).set(call, change(logs.get(call) ?? NOTHING_SAID));
}

function withTrouble(logs: ChatLogs, call: string, id: string, trouble: string): ChatLogs {
  return changed(logs, call, (log) => ({
    ...log,
    pending: log.pending.map((one) => (one.id === id ? { ...one, trouble } : one)),
  }));
}

function withSaid({ said, pending }: ChatLog, news: readonly ChatMessage[]): ChatLog {
  const bySeq = new Map([...said, ...news].map((message) => [message.seq, message]));
  const ids = new Set(news.map(({ id }) => id));
  return {
    said: [...bySeq.values()].sort((a, b) => a.seq - b.seq),
    pending: pending.filter(({ id }) => !ids.has(id)),
  };
}
