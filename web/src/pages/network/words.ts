/** What the network page says. */

export const NETWORK = {
  title: 'What the network must allow',
  lead: 'Pick a service, say what is true at your site, and take the rules and the documents with you.',
  back: 'To the console',
  signIn: 'Sign in for more services',
  loading: 'Loading…',
  own: 'this server',
  service: 'Service',
  requirements: (count: number) => (count === 1 ? '1 requirement' : `${count} requirements`),
  doubts: (count: number) => (count === 1 ? '1 open question' : `${count} open questions`),
};

export const SITE = {
  title: 'Your site',
  platform: 'Kind of clients',
  anyPlatform: 'Every kind',
  region: 'Region',
  anyRegion: 'Every region',
  need: 'Need',
  clients: 'Networks of the clients',
  clientsHint: 'Such as 10.20.0.0/16, several with commas. Empty: every client behind the firewall.',
  peers: 'Networks of other clients',
  peersHint: 'For calls directly between them. Empty: such calls go through a relay.',
  example: (text: string) => `Such as ${text}.`,
};

export const NEED: Record<string, string> = {
  required: 'Required',
  recommended: 'Recommended',
  optional: 'Optional',
  fallback: 'Fallback',
  redundant: 'Redundant',
};

export const PLATFORM: Record<string, string> = {
  browser: 'Browsers',
  ios: 'iPhone and iPad',
  android: 'Android',
  glasses: 'Glasses',
  desktop: 'Desktop programs',
};

export const TABLE = {
  title: 'Requirements',
  requirement: 'Requirement',
  other: 'Other side',
  ports: 'Ports',
  opened: 'Opened',
  symptom: 'What users notice without it',
  noRule: 'No rule yet:',
  group: (name: string, preference: number | null) =>
    preference ? `Choice ${preference} of “${name}”; one is enough` : `One of “${name}” is enough`,
  source: 'Where it says so',
  empty: 'Nothing here matches the choice above.',
};

export const DRAWING = { title: 'Who talks to whom' };

export const RULES = {
  title: 'Rules',
  target: 'Your firewall',
  choose: 'Choose…',
  copy: 'Copy',
  download: 'Download',
  losses: 'Where these rules differ',
  lossesText:
    'What this firewall cannot say, what nobody has said yet, and what is open because you asked for it. Each line says what to do instead.',
  effect: {
    left_out: 'Left out',
    narrowed: 'Narrower',
    widened: 'Opened further',
    not_enforced: 'Not enforced',
  } as Record<string, string>,
  nothing: 'Nothing can become a rule yet. The list below says why.',
  widen: 'Allow it all the same',
  widenWord: {
    inbound: 'Open towards the clients where nobody says who begins',
    peers: 'Let clients reach other clients anywhere',
    wildcards: 'Use a wider wildcard where the firewall has no exact one',
    names: 'Open ports to every address where the firewall knows no names',
  } as Record<string, string>,
  part: 'Part',
  why: 'Why',
  instead: 'What to do',
};

export const DOCUMENT = {
  title: 'Documents',
  text: 'For the ticket, for the firewall team, for the file.',
  kind: 'Document',
  kinds: { 'change-request': 'Change request', 'one-page': 'One page', table: 'Full table' } as Record<
    string,
    string
  >,
  language: 'Language',
  languages: { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español', pt: 'Português' } as Record<
    string,
    string
  >,
  format: 'Format',
  formats: { pdf: 'PDF', html: 'HTML', md: 'Markdown', xlsx: 'Spreadsheet', csv: 'CSV' } as Record<
    string,
    string
  >,
  make: 'Download',
  making: 'Making it…',
  done: (name: string) => `${name} is in your downloads.`,
};

export const CHANGES = {
  title: 'What became different',
  effective: (day: string) => `from ${day}`,
  notSaid: 'no date said',
};
