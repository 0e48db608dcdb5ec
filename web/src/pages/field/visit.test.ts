import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { GuestSeat, InviteForGuest } from '../../signalling';
import { Visit } from './visit';

const SEAT: GuestSeat = {
  call: 'call-1',
  participant: 'guest-1',
  name: 'Olu',
  host_name: 'Maria',
  organisation: 'Acme',
};

const WELCOME = {
  type: 'welcome',
  session: 's',
  received: 0,
  is_resumed: false,
  id: 'guest-1',
  name: 'Olu',
  role: 'guest',
  ice_servers: [],
  is_relay_only: false,
  calls: [],
  people: [],
};

class FakeSocket {
  static last: FakeSocket | null = null;
  static readonly OPEN = 1;
  readonly readyState = 1;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.last = this;
  }
  send(): void {}
  close(): void {}
}

let visit: Visit;
const asked: string[] = [];

function arrive(invite: Partial<InviteForGuest>): Promise<void> {
  asked.length = 0;
  FakeSocket.last = null;
  const answer = {
    host_name: 'Maria',
    host_presence: 'available',
    organisation: 'Acme',
    expires_at: 0,
    seat: null,
    ...invite,
  };
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify(answer));
  });
  visit = new Visit();
  return visit.begin();
}

beforeEach(() => {
  const target = { addEventListener() {}, removeEventListener() {} };
  const timers = { setInterval, clearInterval, setTimeout, clearTimeout };
  vi.stubGlobal('document', { ...target, visibilityState: 'visible' });
  vi.stubGlobal('window', { ...target, ...timers });
  vi.stubGlobal('navigator', { mediaDevices: undefined });
  vi.stubGlobal('location', { hash: '#the-token', protocol: 'https:', host: 'assist.example.com' });
  vi.stubGlobal('localStorage', { getItem: () => null, setItem() {} });
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem() {}, removeItem() {} });
  vi.stubGlobal('history', { replaceState: vi.fn() });
  vi.stubGlobal('WebSocket', FakeSocket);
});

afterEach(() => {
  visit.signalling.stop();
  vi.unstubAllGlobals();
});

test('who opens a link for the first time is asked for a name', async () => {
  await arrive({});
  expect(visit.step.value.at).toBe('invite');
  expect(FakeSocket.last).toBeNull();
});

test('who opens the link again in the browser that used it is asked for no name', async () => {
  await arrive({ seat: SEAT });
  expect(visit.seat.value).toEqual(SEAT);
  expect(visit.step.value.at).not.toBe('invite');
  expect(asked).toEqual(['/api/guest/look']);
  expect(history.replaceState).toHaveBeenCalledWith(null, '', '/join');
  expect(FakeSocket.last?.url).toContain('/signal/guest');
});

test('who opens the link again after the call is told that it has ended', async () => {
  await arrive({ seat: SEAT });
  expect(visit.phase.value).toBe('connecting');
  FakeSocket.last?.onmessage?.({ data: JSON.stringify({ seq: 0, ack: 0, message: WELCOME }) });
  expect(visit.phase.value).toBe('ended');
});
