/** What the server has told this page so far: a value, and the next value after a message. */
import type { Call, FromServer, IceServer, Person, Role, Welcome } from './types';

export type Known = {
  me: { id: string; name: string; role: Role } | null;
  calls: ReadonlyMap<string, Call>;
  people: ReadonlyMap<string, Person>;
  iceServers: readonly IceServer[];
};

export const NOTHING_KNOWN: Known = { me: null, calls: new Map(), people: new Map(), iceServers: [] };

export function knownAfter(known: Known, message: FromServer): Known {
  switch (message.type) {
    case 'welcome':
      return afterWelcome(known, message);
    case 'call_state':
      return { ...known, calls: new Map(known.calls).set(message.call.id, message.call) };
    case 'people_changed':
      return { ...known, people: new Map([...known.people, ...byId(message.people)]) };
    default:
      return known;
  }
}

/**
 * A resumed session gets every snapshot it missed, in order, right after the welcome. Taking the newest from the
 * welcome first would let the older ones that follow tear down what the newest asks for.
 */
function afterWelcome(known: Known, welcome: Welcome): Known {
  const me = { id: welcome.id, name: welcome.name, role: welcome.role };
  const iceServers = welcome.ice_servers;
  if (welcome.is_resumed) return { ...known, me, iceServers };
  return { me, iceServers, calls: byId(welcome.calls), people: byId(welcome.people) };
}

function byId<T extends { id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}
