/** What browser and server say to each other. The lowest layer: knows nothing of media or pages. */
export { api, network, Refused } from './http';
export { type Known, knownAfter, NOTHING_KNOWN } from './known';
export type { Numbered } from './session';
export { Signalling, type SocketState } from './socket';
export type * from './types';
