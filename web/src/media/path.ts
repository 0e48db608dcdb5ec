/** How the packets of a link travel, read from its statistics. Pure. */

export type Path = { is: 'direct' } | { is: 'relayed'; over: Over; because: Side };

/** Whose relay it is; if both have one, whose is further down the ladder. */
export type Side = 'mine' | 'theirs';

type Over = 'udp' | 'tcp' | 'tls';

const LADDER: Over[] = ['udp', 'tcp', 'tls'];

type Report = { id: string; type: string; [field: string]: unknown };

export function pathOf(reports: Iterable<Report>): Path | null {
  const byId = new Map([...reports].map((report) => [report.id, report]));
  const pair = selectedPair([...byId.values()], byId);
  const local = byId.get(String(pair?.localCandidateId));
  const remote = byId.get(String(pair?.remoteCandidateId));
  if (!local || !remote) return null;
  const mine = local.candidateType === 'relay' ? relayProtocol(local) : null;
  const theirs = remote.candidateType === 'relay' ? theirRelayProtocol(remote) : null;
  if (mine && (!theirs || LADDER.indexOf(mine) >= LADDER.indexOf(theirs)))
    return { is: 'relayed', over: mine, because: 'mine' };
  if (theirs) return { is: 'relayed', over: theirs, because: 'theirs' };
  return { is: 'direct' };
}

/** Firefox names no selected pair in its transport: there the pair itself says so. */
function selectedPair(reports: Report[], byId: Map<string, Report>): Report | undefined {
  const transport = reports.find(
    ({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId,
  );
  if (transport) return byId.get(String(transport.selectedCandidatePairId));
  const pairs = reports.filter(({ type }) => type === 'candidate-pair');
  return (
    pairs.find(({ selected }) => selected === true) ??
    pairs.find(({ nominated, state }) => nominated === true && state === 'succeeded')
  );
}

function relayProtocol(candidate: Report): Over {
  const protocol = candidate.relayProtocol;
  return protocol === 'tcp' || protocol === 'tls' ? protocol : 'udp';
}

/**
 * No browser says how the other side reaches its relay, but those made of libwebrtc show it in the priority's type
 * preference (RFC 8445 §5.1.2.1): 0 for TLS, 1 for TCP, more for UDP. Firefox gives TCP 0 too, which reads as TLS here;
 * what it means for people is the same.
 */
function theirRelayProtocol(candidate: Report): Over {
  const preference = Number(candidate.priority ?? UDP_PRIORITY) >>> 24;
  return preference === 0 ? 'tls' : preference === 1 ? 'tcp' : 'udp';
}

const UDP_PRIORITY = 2 ** 25;
