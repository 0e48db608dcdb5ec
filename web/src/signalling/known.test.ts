import { expect, test } from 'vitest';
import { knownAfter, NOTHING_KNOWN } from './known';
import type { Call, Person, Welcome } from './types';

const call = (id: string, phase: Call['phase'] = 'open'): Call => ({
  id,
  phase,
  opened_at: 0,
  participants: [],
  you: 'me',
  end_reason: null,
});
const person = (id: string, presence: Person['presence']): Person => ({
  id,
  name: id,
  role: 'expert',
  presence,
});
const welcome = (more: Partial<Welcome>): Welcome => ({
  type: 'welcome',
  session: 's',
  received: 0,
  is_resumed: false,
  id: 'me',
  name: 'Maria',
  role: 'expert',
  ice_servers: [{ urls: ['stun:a'] }],
  is_relay_only: false,
  calls: [],
  people: [],
  ...more,
});

test('a new session knows what its welcome says and nothing else', () => {
  const before = knownAfter(NOTHING_KNOWN, welcome({ calls: [call('a')], people: [person('p', 'busy')] }));
  const after = knownAfter(before, welcome({ calls: [call('b')] }));
  expect([...after.calls.keys()]).toEqual(['b']);
  expect([...after.people.keys()]).toEqual([]);
});

test('a resumed session does not look ahead of the messages that follow', () => {
  const before = knownAfter(NOTHING_KNOWN, welcome({ calls: [call('a')] }));
  const after = knownAfter(
    before,
    welcome({ is_resumed: true, calls: [call('a', 'ended')], ice_servers: [] }),
  );
  expect(after.calls.get('a')?.phase).toBe('open');
  expect(after.iceServers).toEqual([]);
});

test('a call state replaces that call', () => {
  const before = knownAfter(NOTHING_KNOWN, welcome({ calls: [call('a'), call('b')] }));
  const after = knownAfter(before, { type: 'call_state', call: call('a', 'ended') });
  expect(after.calls.get('a')?.phase).toBe('ended');
  expect(after.calls.get('b')?.phase).toBe('open');
});

test('servers that have changed replace those of the welcome, and whether others are used stays', () => {
  const before = knownAfter(NOTHING_KNOWN, welcome({ is_relay_only: true }));
  const servers = [{ urls: ['turn:b'], username: 'u', credential: 'c' }];
  const after = knownAfter(before, {
    type: 'ice_servers_changed',
    ice_servers: servers,
    has_lost_relay: false,
  });
  expect([after.iceServers, after.isRelayOnly]).toEqual([servers, true]);
});

test('people who have not changed stay as they are', () => {
  const before = knownAfter(
    NOTHING_KNOWN,
    welcome({ people: [person('p', 'available'), person('q', 'offline')] }),
  );
  const after = knownAfter(before, { type: 'people_changed', people: [person('q', 'busy')] });
  expect([...after.people.values()].map(({ presence }) => presence)).toEqual(['available', 'busy']);
});

test('messages between peers change nothing that is known', () => {
  expect(knownAfter(NOTHING_KNOWN, { type: 'pong' })).toBe(NOTHING_KNOWN);
});
