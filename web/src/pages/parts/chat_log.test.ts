import { expect, test } from 'vitest';
import type { ChatMessage, Welcome } from '../../signalling';
import { type ChatLogs, logsAfter, pieces, unreadIn, withoutPending, withPending } from './chat_log';

const NONE: ChatLogs = new Map();
const message = (seq: number, more: Partial<ChatMessage> = {}): ChatMessage => ({
  seq,
  id: `id-${seq}`,
  sender: 'maria',
  at: 0,
  text: `text ${seq}`,
  ...more,
});
const said = (seq: number, more?: Partial<ChatMessage>) =>
  ({ type: 'chat_said', call: 'c', message: message(seq, more) }) as const;
const welcome = (is_resumed: boolean) => ({ type: 'welcome', is_resumed }) as Welcome;
const seqs = (logs: ChatLogs) => logs.get('c')?.said.map(({ seq }) => seq);

test('messages stand in the order of their numbers, each once', () => {
  let logs = logsAfter(NONE, said(2));
  logs = logsAfter(logs, { type: 'chat_kept', call: 'c', messages: [message(1), message(2)] });
  logs = logsAfter(logs, said(3));
  expect(seqs(logs)).toEqual([1, 2, 3]);
});

test('mine waits until the server has numbered it', () => {
  let logs = withPending(NONE, 'c', 'id-1', 'text 1');
  expect(logs.get('c')?.pending).toEqual([{ id: 'id-1', text: 'text 1', trouble: null }]);
  logs = logsAfter(logs, said(1));
  expect(logs.get('c')).toEqual({ said: [message(1)], pending: [] });
});

test('a new session forgets what was said, as it is told again, and keeps what waits', () => {
  const before = withPending(logsAfter(NONE, said(1)), 'c', 'mine', 'waits');
  expect(logsAfter(before, welcome(true))).toBe(before);
  expect(logsAfter(before, welcome(false)).get('c')).toEqual({
    said: [],
    pending: [{ id: 'mine', text: 'waits', trouble: null }],
  });
});

test('what is refused says why, and can be sent again or dropped', () => {
  const refused = { type: 'not_taken', call: 'c', id: 'mine', code: 'too_fast', text: 'Wait.' } as const;
  const logs = logsAfter(withPending(NONE, 'c', 'mine', 'hello'), refused);
  expect(logs.get('c')?.pending[0]?.trouble).toBe('Wait.');
  expect(withPending(logs, 'c', 'mine', 'hello').get('c')?.pending).toEqual([
    { id: 'mine', text: 'hello', trouble: null },
  ]);
  expect(withoutPending(logs, 'c', 'mine').get('c')?.pending).toEqual([]);
  expect(logsAfter(NONE, refused)).toBe(NONE);
});

test('unread is what others said after the last that was seen', () => {
  const log = [said(1), said(2, { sender: 'me' }), said(3)].reduce(logsAfter, NONE).get('c');
  if (!log) throw new Error('there is a log');
  expect(unreadIn(log, 1, 'me').map(({ seq }) => seq)).toEqual([3]);
});

test.each([
  ['see https://a.example/x?y=1.', ['see ', '!https://a.example/x?y=1', '.']],
  ['https://a.example/(b)', ['!https://a.example/(b)']],
  ['(https://a.example/b)', ['(', '!https://a.example/b', ')']],
  ['http://a.example https://b.example', ['!http://a.example', ' ', '!https://b.example']],
  ['javascript:alert(1) <b>x</b>', ['javascript:alert(1) <b>x</b>']],
  ['https://"onclick=x', ['https://"onclick=x']],
  ['', []],
])('links in %j', (text, expected) => {
  expect(pieces(text).map(({ text: piece, href }) => (href === null ? piece : `!${href}`))).toEqual(expected);
});
