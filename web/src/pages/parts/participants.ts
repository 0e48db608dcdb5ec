/** Questions a page asks of a call. Pure. */
import type { Call, Participant } from '../../signalling';

export function myself(call: Call): Participant | undefined {
  return call.participants.find(({ id }) => id === call.you);
}

export function othersIn(call: Call): Participant[] {
  return call.participants.filter(({ id, state }) => id !== call.you && state === 'admitted');
}

export function waitingIn(call: Call): Participant[] {
  return call.phase === 'open' ? call.participants.filter(({ state }) => state === 'waiting') : [];
}

/** Who came and who went between two snapshots, for the live region. */
export function comingsAndGoings(
  before: Call | undefined,
  after: Call,
): { joined: string[]; left: string[] } {
  const isNew = (here: Participant[], there: Participant[]) =>
    here.filter(({ id }) => !there.some((other) => other.id === id)).map(({ name }) => name);
  const [then, now] = [before ? othersIn(before) : [], othersIn(after)];
  return { joined: isNew(now, then), left: isNew(then, now) };
}
