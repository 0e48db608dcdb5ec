/** What all pages say. Each page has a file of its own beside it; nothing else holds a sentence. */
import type { Path } from '../../media';
import type { Presence, Role, Tool } from '../../signalling';

export const PRESENCE: Record<Presence, string> = {
  available: 'Available',
  busy: 'In a call',
  offline: 'Offline',
};

export const ROLE: Record<Role, string> = {
  worker: 'Worker',
  expert: 'Expert',
  dispatcher: 'Dispatcher',
  admin: 'Administrator',
  guest: 'Guest',
};

export type LinkWord = 'connecting' | 'direct' | 'relayed' | 'reconnecting';

export const LINK: Record<LinkWord, string> = {
  connecting: 'Connecting…',
  direct: 'Direct',
  relayed: 'Relayed',
  reconnecting: 'Reconnecting…',
};

/** Over UDP is what is usual; what is worse is said. */
export function linkSays(word: LinkWord, path: Path | null): string {
  if (word !== 'relayed' || path?.is !== 'relayed' || path.over === 'udp') return LINK[word];
  return `${LINK.relayed} over ${path.over.toUpperCase()}`;
}

export function linkMeans(word: LinkWord, path: Path | null): string {
  switch (word) {
    case 'connecting':
      return 'The two devices are looking for a way to each other. This takes a few seconds.';
    case 'direct':
      return 'Picture and sound go straight from one device to the other, encrypted. This is the best way.';
    case 'relayed':
      return path?.is === 'relayed' ? relayedMeans(path.over, path.because) : relayedMeans('udp', 'mine');
    case 'reconnecting':
      return 'The connection was lost and is being made again. You stay in the call. If it lasts, move to where the signal is better.';
  }
}

function relayedMeans(over: 'udp' | 'tcp' | 'tls', because: 'mine' | 'theirs'): string {
  if (over === 'udp')
    return 'Your networks do not let the devices talk directly, so the server passes picture and sound on. It cannot look into them.';
  const whose = because === 'mine' ? 'Your network' : 'The other side’s network';
  return `${whose} blocks UDP, so the server passes picture and sound on over ${over.toUpperCase()}. The picture may lag. A better way is looked for while you talk.`;
}

export const TAP_TO_HEAR = 'Tap to hear';
export const CAMERA_OF = (name: string) => `${name}’s camera`;
export const CAMERA_IS_OFF = (name: string) => `${name} sends no picture`;
export const MICROPHONE_IS_OFF = 'Muted';
export const NO_MICROPHONE = 'No microphone';
export const YOUR_CAMERA = 'Your camera';
export const YOU = 'You';
export const SERVER_AWAY = 'The server cannot be reached. The call goes on; this page keeps trying.';
export const RECONNECTING_TO = (name: string) => `Reconnecting to ${name}…`;
export const JOINED = (name: string) => `${name} has joined`;
export const HAS_LEFT = (name: string) => `${name} has left`;

export const PROBLEM = {
  denied: 'The browser was told not to use your camera or microphone.',
  dismissed: 'The browser’s question was closed without an answer.',
  blocked_by_system: 'The system does not let this browser use the camera or microphone.',
  in_use: 'Another program is using the camera or microphone.',
  absent: 'This device has no camera or microphone that the browser can find.',
  insecure:
    'Browsers give camera and microphone only to pages they trust, and this one came over plain HTTP.',
  unknown: 'The camera or microphone did not start.',
};

export const PRODUCT = 'Sightline';

export const SIGN_IN = {
  title: 'Sign in',
  login: 'Login',
  password: 'Password',
  show: 'Show',
  hide: 'Hide',
  showLong: 'Show the password',
  hideLong: 'Hide the password',
  action: 'Sign in',
  busy: 'Signing in…',
  wait: (seconds: number) => `Too many attempts. Try again in ${seconds} s.`,
  guest: 'Invited to a call? Open the link that you were sent; no login is needed.',
};

export const NEW_PASSWORD = {
  title: 'Choose a password of your own',
  text: 'The first one was made up by the server and is known to your administrator.',
  old: 'Password so far',
  new: 'New password',
  hint: 'Long is what counts: four words that do not belong together are good.',
  action: 'Change password',
};

export const CHAT = {
  title: 'Chat',
  nothing: 'Nothing was written yet. Everybody in the call can read along.',
  write: 'Write a message',
  send: 'Send',
  sending: 'Sending…',
  again: 'Send again',
  drop: 'Discard',
  phrases: 'Quick phrases',
  somebody: 'Somebody',
  unread: 'not read yet',
  markRead: 'Mark as read',
  from: (name: string, text: string) => `${name} writes: ${text}`,
};

export const DRAW = {
  bar: 'Drawing',
  tool: {
    pointer: 'Point',
    freehand: 'Draw',
    arrow: 'Arrow',
    ellipse: 'Circle',
    rectangle: 'Box',
    number: 'Number',
    text: 'Text',
  } satisfies Record<Tool, string>,
  undo: 'Undo',
  redo: 'Redo',
  clearMine: 'Clear mine',
  clearAll: 'Clear all',
  text: 'Text to put on the picture',
  textHint: 'Type, then tap the picture',
  marksOn: (name: string) => `Marks on ${name}’s picture`,
};

export const GATE = { loading: 'Loading…', again: 'Try again' };
export const DISMISS = 'Dismiss';
export const COPIED = 'Copied';
