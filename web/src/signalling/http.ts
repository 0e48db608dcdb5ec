/** The HTTP API of wire/api.py: one function per route; every refusal, whatever its cause, is a `Refused`. */
import type {
  AskForDocument,
  AskForRules,
  ChangePassword,
  CreatedInvite,
  CreatedPerson,
  EnterAsGuest,
  FirstPassword,
  GuestSeat,
  Invite,
  InviteForGuest,
  LookAtInvite,
  Me,
  Network,
  NetworkChoice,
  NetworkRules,
  NetworkView,
  NewInvite,
  NewPerson,
  PersonForAdmin,
  Refusal,
  SignIn,
} from './types';

export class Refused extends Error {
  constructor(
    /** 0: no answer came at all. */
    readonly status: number,
    readonly refusal: Refusal,
    readonly retryAfterS: number | null = null,
  ) {
    super(refusal.text);
  }
}

export const api = {
  signIn: (body: SignIn) => asked<Me>('POST', '/api/sign-in', body),
  signOut: () => asked<null>('POST', '/api/sign-out', {}),
  me: () => asked<Me>('GET', '/api/me'),
  changePassword: (body: ChangePassword) => asked<null>('POST', '/api/me/password', body),
  invites: () => asked<Invite[]>('GET', '/api/invites'),
  createInvite: (body: NewInvite) => asked<CreatedInvite>('POST', '/api/invites', body),
  revokeInvite: (id: string) => asked<null>('DELETE', `/api/invites/${encodeURIComponent(id)}`, {}),
  lookAtInvite: (body: LookAtInvite) => asked<InviteForGuest>('POST', '/api/guest/look', body),
  enterAsGuest: (body: EnterAsGuest) => asked<GuestSeat>('POST', '/api/guest/enter', body),
  guestSeat: () => asked<GuestSeat>('GET', '/api/guest'),
  people: () => asked<PersonForAdmin[]>('GET', '/api/people'),
  createPerson: (body: NewPerson) => asked<CreatedPerson>('POST', '/api/people', body),
  newPassword: (id: string) =>
    asked<FirstPassword>('POST', `/api/people/${encodeURIComponent(id)}/password`, {}),
  unlockPerson: (id: string) => asked<null>('POST', `/api/people/${encodeURIComponent(id)}/unlock`, {}),
  lockOutPerson: (id: string) => asked<null>('DELETE', `/api/people/${encodeURIComponent(id)}`, {}),
};

/** Apart from `api`, so that pages that do not need it do not load it. */
export const network = {
  list: () => asked<Network>('GET', '/api/network'),
  view: (body: NetworkChoice) => asked<NetworkView>('POST', '/api/network/view', body),
  rules: (body: AskForRules) => asked<NetworkRules>('POST', '/api/network/rules', body),
  document: async (body: AskForDocument) => (await answered('POST', '/api/network/document', body)).blob(),
};

async function asked<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await answered(method, path, body);
  return response.status === 204 ? (null as T) : ((await response.json().catch(() => null)) as T);
}

/** The response, if it is what was asked for; else its refusal is thrown. */
async function answered(method: string, path: string, body?: object): Promise<Response> {
  const response = await fetch(path, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body ? JSON.stringify(body) : undefined,
  }).catch(() => null);
  if (!response) throw new Refused(0, NO_ANSWER);
  if (response.ok) return response;
  const answer: unknown = await response.json().catch(() => null);
  throw new Refused(response.status, refusalIn(answer), retryAfterS(response));
}

/** A proxy in between may answer with a page of its own. */
function refusalIn(answer: unknown): Refusal {
  const isRefusal = typeof answer === 'object' && answer !== null && 'code' in answer && 'text' in answer;
  return isRefusal ? (answer as Refusal) : UNREADABLE;
}

function retryAfterS(response: Response): number | null {
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return Number.isNaN(seconds) ? null : seconds;
}

const NO_ANSWER: Refusal = {
  code: 'no_answer',
  text: 'The server does not answer.',
  hint: 'Check that this device is online, then try again.',
};

const UNREADABLE: Refusal = {
  code: 'unreadable',
  text: 'The answer did not come from Sightline.',
  hint: 'A proxy or a firewall may be in between. Try another network, then ask your administrator.',
};
