/** What the console says. */
import type { InviteState } from '../../signalling';
import { PRODUCT } from '../parts/words';

export const SKIP = 'Skip to the call';
export const HEADER = { signOut: 'Sign out', people: 'Manage people', keys: 'Keys', label: 'You' };

export const PEOPLE = {
  title: 'People',
  search: 'Search people',
  none: 'Nobody else has an account yet.',
  noMatch: (text: string) => `Nobody is called “${text}”.`,
};

export const HOME = {
  title: 'No call at the moment',
  text: 'Send somebody an invite. They open the link on a phone, with nothing to install, and wait here until you let them in.',
  newInvite: 'New invite',
  noInvites: 'You may not invite people. Ask your administrator if you should.',
  ended: (names: string) => `The call with ${names || 'your guest'} has ended`,
};

export const INVITE = {
  title: 'New invite',
  note: 'Note for yourself',
  noteHint: 'What the call is about. Only you see it.',
  expires: 'The link holds for',
  durations: [
    { seconds: 3600, word: '1 hour' },
    { seconds: 8 * 3600, word: '8 hours' },
    { seconds: 24 * 3600, word: '1 day' },
    { seconds: 7 * 24 * 3600, word: '1 week' },
  ],
  create: 'Create invite',
  creating: 'Creating…',
  cancel: 'Cancel',
  ready: 'The invite is ready',
  once: 'The link is shown only now, and lets one person in, once.',
  link: 'Link',
  copy: 'Copy link',
  share: 'Share…',
  shareText: 'Show me what you see:',
  qr: 'Scan with the phone that will join',
  until: (when: string) => `Holds until ${when}`,
  done: 'Done',
  listTitle: 'My invites',
  listEmpty: 'No invites yet.',
  noNote: 'No note',
  revoke: 'Revoke',
  revokeLong: (note: string) => `Revoke the invite “${note}”`,
  usedBy: (name: string) => `Used by ${name}`,
};

export const INVITE_STATE: Record<InviteState, string> = {
  open: 'Open',
  used: 'Used',
  expired: 'Expired',
  revoked: 'Revoked',
};

export const WAITING = {
  title: (name: string) => `${name} wants to join`,
  letIn: 'Let in',
  lettingIn: 'Letting in…',
  sendAway: 'Send away',
  withCamera: 'Show my camera',
  joins: (names: string) => `They join your call with ${names}.`,
  away: 'Their connection is lost right now',
  region: 'Waiting',
};

export const CALL = {
  title: (names: string) => `Call with ${names}`,
  region: 'Call',
  mute: 'Mute',
  unmute: 'Unmute',
  addMicrophone: 'Microphone on',
  cameraOn: 'Camera on',
  cameraOff: 'Camera off',
  hangUp: 'Hang up',
  chat: 'Chat',
  panel: 'Beside the picture',
  controls: 'Call controls',
  participants: 'In this call',
  away: 'Connection to the server lost',
  you: '(you)',
};

export const PHRASES = [
  'Please go closer',
  'Please hold still',
  'Show me the type plate',
  'Please wait',
  'That is right',
];

export const KEYS = {
  title: 'Keys',
  close: 'Close',
  single: 'Single keys do something',
  singleHint: 'Turn this off if you use speech input or press keys by accident.',
  list: [
    { key: '/', does: 'Search people' },
    { key: 'N', does: 'New invite' },
    { key: 'L', does: 'Let in whoever waits first' },
    { key: 'M', does: 'Mute or unmute' },
    { key: 'V', does: 'Camera on or off' },
    { key: 'C', does: 'Write in the chat' },
    { key: 'D', does: 'Draw on the picture, or stop' },
    { key: 'Z', does: 'Undo what was drawn' },
    { key: 'Shift + Z', does: 'Draw it again' },
    { key: 'Shift + E', does: 'Hang up' },
    { key: '?', does: 'Show these keys' },
  ],
};

export const STOPPED = {
  replaced: {
    title: 'The console is open in another tab',
    text: 'Only one page at a time can be in calls.',
    action: 'Take over here',
  },
  signed_out: {
    title: 'You are signed out',
    text: 'Your sign-in is no longer valid.',
    action: 'Sign in again',
  },
  closed: { title: 'You are signed out', text: '', action: 'Sign in again' },
};

export const titleWhenWaiting = (name: string) => `● ${name} wants to join – ${PRODUCT}`;
export const MICROPHONE_PROBLEM =
  'The others see you join without it. Allow it in the browser, then turn it on below.';
