/** Which peer connections a call asks for. Pure: a snapshot of the call in, what to build and what to drop out. */
import type { Call } from '../signalling';

/** A link is to one page of one participant: a page that was loaded anew has a new instance and needs a new link. */
export type Wanted = { participant: string; instance: string; isOfferer: boolean };
export type LinkPlan = { keep: Wanted[]; build: Wanted[]; drop: string[] };

export function linkPlan(
  call: Call | undefined,
  existing: ReadonlyMap<string, { instance: string }>,
): LinkPlan {
  const wanted = call ? wantedLinks(call, existing) : [];
  const isThere = ({ participant, instance }: Wanted) => existing.get(participant)?.instance === instance;
  const keep = wanted.filter(isThere);
  const kept = new Set(keep.map(({ participant }) => participant));
  return {
    keep,
    build: wanted.filter((link) => !isThere(link)),
    drop: [...existing.keys()].filter((participant) => !kept.has(participant)),
  };
}

/**
 * Whether a participant's socket is open plays no part: media runs on without one. A server that was restarted may
 * not know the instance of somebody who has not come back yet: then the link we have is the best knowledge there
 * is. Of two participants the earlier in the list makes the offer.
 */
function wantedLinks(call: Call, existing: ReadonlyMap<string, { instance: string }>): Wanted[] {
  const { phase, participants, you } = call;
  const mine = participants.findIndex(({ id }) => id === you);
  if (phase !== 'open' || participants[mine]?.state !== 'admitted') return [];
  return participants.flatMap((other, index) => {
    const instance = other.instance || existing.get(other.id)?.instance || '';
    const isWanted = index !== mine && other.state === 'admitted' && instance !== '';
    return isWanted ? [{ participant: other.id, instance, isOfferer: mine < index }] : [];
  });
}
