/** What the field page says. */
import type { BrowserKind, DeviceProblem } from '../../media';

export const LOOKING = 'Looking at your invitation…';
export const invites = (host: string) => `${host} invites you to show what you see`;
export const HOST_IS = {
  available: 'Available now',
  busy: 'In another call',
  offline: 'Not signed in right now',
};
export const WHAT_HAPPENS = [
  'Nothing to install. The call runs in this browser.',
  'Your camera is shown only after you tap for it.',
  'Picture and sound are encrypted between your device and theirs.',
];
export const YOUR_NAME = 'Your name';
export const NAME_HINT = (host: string) => `${host} will see it.`;
export const NAME_MISSING = 'Type your name, so that they know who is asking.';
export const ASK_TO_JOIN = 'Ask to join';
export const ASKING = 'Asking…';

export const NO_LINK = {
  title: 'Open the link that you were sent',
  text: 'This page needs the whole link, with everything after the “#”. Open it again from the message, or ask for a new one.',
};
export const askForNewLink = (host: string | null) =>
  `Ask ${host ?? 'the person who invited you'} for a new link.`;
export const INVITE_TITLE: Record<string, string> = {
  invite_unknown: 'This link is not known here',
  invite_used: 'This link has been used already',
  invite_expired: 'This link has expired',
  invite_revoked: 'This link was withdrawn',
  no_answer: 'The server does not answer',
};
export const INVITE_TEXT: Record<string, string> = {
  invite_unknown: 'It may have been cut off on its way.',
  invite_used: 'Each link lets one person in, once.',
  invite_expired: 'Links hold for a limited time.',
  invite_revoked: 'The person who made it has taken it back.',
};
export const OTHER_TROUBLE = 'This did not work';
export const TRY_AGAIN = 'Try again';

export const PERMISSION = {
  title: (host: string) => `Show ${host} what you see`,
  text: 'Your browser asks next whether this page may use the camera and the microphone. Tap “Allow”.',
  later: 'Until you are let in, only you see your picture. You can turn either off at any time.',
  use: 'Use camera and microphone',
  starting: 'Waiting for your browser…',
  without: 'Go on without',
  told: (host: string) => `${host} has been told that you are here.`,
};

export const WAITING = {
  title: (host: string) => `${host} has been told`,
  text: (host: string) => `${host} lets you in. Keep this page open.`,
  host: {
    available: 'Online',
    busy: 'In another call. You can wait here.',
    offline: 'Away at the moment. You can wait here.',
  },
  microphoneWorks: 'Your microphone works',
  microphoneSilent: 'Your microphone is silent. Check whether it is muted or covered.',
  microphoneListening: 'Say something to try your microphone',
  microphoneMuted: 'You are muted',
  microphoneNone: 'You have no microphone in this call. You can hear, but not speak.',
  microphoneLevel: 'Loudness of your microphone',
  noCamera: 'You show no picture',
  connecting: 'Connecting…',
};

export const CONTROL = {
  mute: 'Mute',
  unmute: 'Unmute',
  addMicrophone: 'Speak',
  cameraOn: 'Camera on',
  cameraOff: 'Camera off',
  turn: 'Switch',
  turnLong: 'Switch camera',
  draw: 'Draw',
  chat: 'Chat',
  closeChat: 'Close chat',
  leave: 'Leave',
  bar: 'Call controls',
};

export const PHRASES = ['One moment', 'Yes', 'No', 'Done', 'I cannot hear you'];

export const IN_CALL = {
  you: 'You show your picture to everybody in this call',
  with: (names: string) => names,
  alone: 'Nobody else is here yet',
  title: (host: string) => `In a call with ${host}`,
};

export const OVER = {
  ended: { title: 'The call has ended', text: 'You can close this page.' },
  left: { title: 'You have left the call', text: 'You can close this page.' },
  refused: { title: 'You were not let in', text: 'They may be busy with somebody else.' },
  again: (host: string) => `To talk again, ask ${host} for a new link.`,
};

export const REPLACED = {
  title: 'The call is open in another tab',
  text: 'Only one page at a time can be in the call.',
  action: 'Take it over here',
};
export const SIGNED_OUT = {
  title: 'Your place in this call is no longer held',
  text: 'The call is over, or you were away for too long.',
};

type Help = { title: string; text: string };

export const PROBLEM_HELP: Record<Exclude<DeviceProblem, 'denied' | 'dismissed'>, Help> = {
  insecure: {
    title: 'This page is not trusted yet',
    text: 'Browsers give camera and microphone only to pages that came over HTTPS with a certificate they trust. Two minutes set that up on this device.',
  },
  blocked_by_system: {
    title: 'The system keeps the camera from this browser',
    text: 'Open the settings of this device, then Privacy, then Camera and Microphone, and allow them for this browser. Then come back here.',
  },
  in_use: {
    title: 'Another program uses the camera',
    text: 'Close other programs and tabs that show a picture or are in a call, then try again.',
  },
  absent: {
    title: 'No camera or microphone was found',
    text: 'Plug one in, or go on without: you can still see and hear.',
  },
  unknown: {
    title: 'The camera did not start',
    text: 'Close other programs that may use it, then try again. If that does not help, restart the browser.',
  },
};

export const TO_TRUST = 'How to make this page trusted';

export const DENIED_TITLE = 'The browser was told not to use the camera';
export const DISMISSED_TITLE = 'The question was closed without an answer';
export const DISMISSED_TEXT = 'Try again, and tap “Allow” when the browser asks.';

/** The picture shows a browser with a ring where to tap; the words say the rest. */
export const DENIED_STEPS: Record<BrowserKind, { ring: Ring; steps: string[] }> = {
  chrome_android: {
    ring: 'phone_top_left',
    steps: ['Tap the sign left of the address.', 'Tap “Permissions”.', 'Allow camera and microphone.'],
  },
  firefox_android: {
    ring: 'phone_bottom_left',
    steps: ['Tap the lock left of the address.', 'Allow camera and microphone.'],
  },
  safari_ios: {
    ring: 'phone_bottom_left',
    steps: [
      'Tap the page sign (“aA”) beside the address.',
      'Tap “Website Settings”.',
      'Set camera and microphone to “Allow”.',
    ],
  },
  other_ios: {
    ring: 'phone_none',
    steps: ['Open the Settings app.', 'Scroll to this browser and tap it.', 'Turn camera and microphone on.'],
  },
  firefox: {
    ring: 'desktop_left',
    steps: ['Click the crossed-out camera left of the address.', 'Click × beside each “Blocked”.'],
  },
  safari: {
    ring: 'desktop_menu',
    steps: ['Open the menu “Safari”, “Settings for This Website…”.', 'Set camera and microphone to “Allow”.'],
  },
  chrome: {
    ring: 'desktop_left',
    steps: ['Click the sign left of the address.', 'Turn camera and microphone on.'],
  },
};

export type Ring = 'phone_top_left' | 'phone_bottom_left' | 'phone_none' | 'desktop_left' | 'desktop_menu';
export const THEN_TRY_AGAIN = 'Come back here and try again.';
export const PICTURE_OF = 'Where to tap in this browser';
