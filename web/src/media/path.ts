/** How the packets of a link travel, read from its statistics. Pure. */

export type Path = { is: 'direct' } | { is: 'relayed'; over: 'udp' | 'tcp' | 'tls' };

type Report = { id: string; type: string; [field: string]: unknown };

export function pathOf(reports: Iterable<Report>): Path | null {
  const byId = new Map([...reports].map((report) => [report.id, report]));
  const pair = selectedPair([...byId.values()], byId);
  const local = byId.get(String(pair?.localCandidateId));
  const remote = byId.get(String(pair?.remoteCandidateId));
  if (!local || !remote) return null;
  if (local.candidateType === 'relay') return { is: 'relayed', over: relayProtocol(local) };
  if (remote.candidateType === 'relay') return { is: 'relayed', over: 'udp' };
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

function relayProtocol(candidate: Report): 'udp' | 'tcp' | 'tls' {
  const protocol = candidate.relayProtocol;
  return protocol === 'tcp' || protocol === 'tls' ? protocol : 'udp';
}
