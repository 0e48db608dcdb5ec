/** What the server has told this page so far: a value, and the next value after a message. */
import type { Call, FromServer, IceServer, Person, Role, Welcome } from './types';

export type Known = {
  me: { id: string; name: string; role: Role } | null;
  calls: ReadonlyMap<string, Call>;
  people: ReadonlyMap<string, Person>;
  iceServers: readonly IceServer[];
  isRelayOnly: boolean;
};

export const NOTHING_KNOWN: Known = {
  me: null,
  calls: new Map(),
  people: new Map(),
  iceServers: [],
  isRelayOnly: false,
};

export function knownAfter(known: Known, message: FromServer): Known {
  switch (message.type) {
    case 'welcome':
      return afterWelcome(known, message);
    case 'call_state':
      return { ...known, calls: new Map(known.calls).set(message.call.id, message.call) };
    case 'people_changed':
      return { ...known, people: new Map([...known.people, ...byId(message.people)]) };
    case 'ice_servers_changed':
      return { ...known, iceServers: message.ice_servers };
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
  const ice = { iceServers: welcome.ice_servers, isRelayOnly: welcome.is_relay_only };
  if (welcome.is_resumed) return { ...known, me, ...ice };
  return { me, ...ice, calls: byId(welcome.calls), people: byId(welcome.people) };
}

function byId<T extends { id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}
