/** What is chosen on the page: kept in its address, so that a colleague who gets the link sees the same. */
import type { NetworkChoice } from '../../signalling';

export type Choice = Required<NetworkChoice> & { target: string };

export const NOTHING_CHOSEN: Choice = {
  service: '',
  language: 'en',
  variables: {},
  platform: null,
  region: null,
  necessities: [],
  clients: [],
  peers: [],
  target: '',
};

export function choiceIn(query: string): Choice {
  const asked = new URLSearchParams(query);
  const variables = [...asked].flatMap(([key, value]) =>
    key.startsWith('set.') ? [[key.slice('set.'.length), value]] : [],
  );
  return {
    ...NOTHING_CHOSEN,
    service: asked.get('service') ?? '',
    target: asked.get('target') ?? '',
    platform: asked.get('platform'),
    region: asked.get('region'),
    necessities: asked.getAll('need'),
    clients: listed(asked.get('clients') ?? ''),
    peers: listed(asked.get('peers') ?? ''),
    variables: Object.fromEntries(variables),
  };
}

export function queryOf(choice: Choice): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | null) => value && query.set(name, value);
  put('service', choice.service);
  put('target', choice.target);
  put('platform', choice.platform);
  put('region', choice.region);
  for (const need of choice.necessities) query.append('need', need);
  put('clients', choice.clients.join(','));
  put('peers', choice.peers.join(','));
  for (const [name, value] of Object.entries(choice.variables)) put(`set.${name}`, value);
  return query.size ? `?${query}` : '';
}

/** `a, b` as it is typed. */
export function listed(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part);
}
