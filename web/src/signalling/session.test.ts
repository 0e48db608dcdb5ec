import { beforeEach, describe, expect, test } from 'vitest';
import { type Numbered, Session } from './session';
import type { FromServer, ServerFrame } from './types';

const leave = (call: string): Numbered => ({ type: 'leave', call });
const state = (id: string): FromServer => ({
  type: 'call_state',
  call: { id, phase: 'open', opened_at: 0, participants: [], you: 'me', end_reason: null },
});
const frame = (seq: number, message: FromServer, ack = 0): ServerFrame => ({ seq, ack, message });
const welcome = (session: string, received = 0, is_resumed = false): ServerFrame =>
  frame(0, {
    type: 'welcome',
    session,
    received,
    is_resumed,
    id: 'p1',
    name: 'Maria',
    role: 'expert',
    ice_servers: [],
    is_relay_only: false,
    calls: [],
    people: [],
  });
const PONG: FromServer = { type: 'pong' };

let session: Session;
beforeEach(() => {
  session = new Session('page-1');
});

function opened(): Session {
  session.handleOpen();
  session.handleFrame(welcome('s1'));
  return session;
}

describe('the first socket', () => {
  test('begins with a hello that has no session', () => {
    expect(session.handleOpen()).toEqual({
      seq: 0,
      ack: 0,
      message: { type: 'hello', instance: 'page-1', session: null, received: 0 },
    });
  });

  test('keeps what is said before the welcome and sends it after', () => {
    session.handleOpen();
    expect(session.say(leave('a'))).toEqual([]);
    expect(session.handleFrame(welcome('s1')).send).toEqual([{ seq: 1, ack: 0, message: leave('a') }]);
  });

  test('numbers what is said from 1 on', () => {
    opened();
    expect(session.say(leave('a'))[0]?.seq).toBe(1);
    expect(session.say(leave('b'))[0]?.seq).toBe(2);
  });

  test('is broken by a message before the welcome', () => {
    session.handleOpen();
    expect(session.handleFrame(frame(1, state('a'))).isBroken).toBe(true);
  });
});

describe('what the server says', () => {
  test('is delivered in order and acknowledged with the next frame', () => {
    opened();
    expect(session.handleFrame(frame(1, state('a'))).deliver).toEqual(state('a'));
    expect(session.say(leave('a'))[0]?.ack).toBe(1);
  });

  test('is delivered once, however often it comes', () => {
    opened();
    session.handleFrame(frame(1, state('a')));
    expect(session.handleFrame(frame(1, state('a')))).toEqual({ deliver: null, send: [], isBroken: false });
  });

  test('after a gap needs a new socket, and is not delivered', () => {
    opened();
    session.handleFrame(frame(1, state('a')));
    expect(session.handleFrame(frame(3, state('c')))).toEqual({ deliver: null, send: [], isBroken: true });
  });

  test('is acknowledged with a ping once sixteen wait', () => {
    opened();
    for (let seq = 1; seq < 16; seq += 1) {
      expect(session.handleFrame(frame(seq, state('a'))).send).toEqual([]);
    }
    expect(session.handleFrame(frame(16, state('a'))).send).toEqual([
      { seq: 0, ack: 16, message: { type: 'ping' } },
    ]);
    expect(session.handleFrame(frame(17, state('a'))).send).toEqual([]);
  });

  test('a pong is for the liveness alone', () => {
    opened();
    expect(session.handleFrame(frame(0, PONG)).deliver).toBeNull();
  });
});

describe('who says much', () => {
  const say = (count: number) => Array.from({ length: count }, () => session.say(leave('a'))).flat();

  test('asks for an answer after every 16, as it would else be acknowledged with the next ping only', () => {
    opened();
    expect(
      say(16)
        .map(({ seq, message }) => [seq, message.type])
        .at(-1),
    ).toEqual([0, 'ping']);
    session.handleFrame(frame(0, PONG, 16));
    expect(say(15).every(({ message }) => message.type === 'leave')).toBe(true);
  });

  test('is behind from 64 unacknowledged on, until they are acknowledged', () => {
    opened();
    say(63);
    expect(session.isBehind).toBe(false);
    say(1);
    expect(session.isBehind).toBe(true);
    session.handleFrame(frame(0, PONG, 10));
    expect(session.isBehind).toBe(false);
  });
});

describe('a resumed session', () => {
  test('says which session it was and what it had received', () => {
    opened();
    session.handleFrame(frame(1, state('a')));
    session.handleClose();
    expect(session.handleOpen()).toEqual({
      seq: 0,
      ack: 1,
      message: { type: 'hello', instance: 'page-1', session: 's1', received: 1 },
    });
  });

  test('sends again, under the same numbers, what the server has not received', () => {
    opened();
    session.say(leave('a'));
    session.say(leave('b'));
    session.handleClose();
    expect(session.say(leave('c'))).toEqual([]);
    session.handleOpen();
    const { send } = session.handleFrame(welcome('s1', 1, true));
    expect(send.map(({ seq, message }) => [seq, message])).toEqual([
      [2, leave('b')],
      [3, leave('c')],
    ]);
    expect(session.say(leave('d'))[0]?.seq).toBe(4);
  });

  test('sends nothing again that was acknowledged', () => {
    opened();
    session.say(leave('a'));
    session.handleFrame(frame(0, PONG, 1));
    session.handleOpen();
    expect(session.handleFrame(welcome('s1', 1, true)).send).toEqual([]);
  });

  test('goes on counting what the server says', () => {
    opened();
    session.handleFrame(frame(1, state('a')));
    session.handleOpen();
    session.handleFrame(welcome('s1', 0, true));
    expect(session.handleFrame(frame(1, state('a'))).deliver).toBeNull();
    expect(session.handleFrame(frame(2, state('b'))).deliver).toEqual(state('b'));
  });
});

describe('after the server was restarted', () => {
  test('what was not acknowledged is sent under the new session with numbers from 1', () => {
    opened();
    session.say(leave('a'));
    session.say(leave('b'));
    session.say(leave('c'));
    session.handleFrame(frame(1, state('x'), 1));
    session.handleClose();
    session.handleOpen();
    expect(session.handleFrame(welcome('s2')).send).toEqual([
      { seq: 1, ack: 0, message: leave('b') },
      { seq: 2, ack: 0, message: leave('c') },
    ]);
    expect(session.say(leave('d'))[0]?.seq).toBe(3);
  });

  test('the server counts from 1 again', () => {
    opened();
    session.handleFrame(frame(1, state('a')));
    session.handleOpen();
    session.handleFrame(welcome('s2'));
    expect(session.handleFrame(frame(1, state('b'))).deliver).toEqual(state('b'));
  });

  test('the next hello names the new session', () => {
    opened();
    session.handleOpen();
    session.handleFrame(welcome('s2'));
    expect(session.handleOpen().message).toMatchObject({ session: 's2', received: 0 });
  });
});
