/** Cameras, microphones and the connections between pages. Draws nothing; knows signalling, not pages. */
export { type BrowserKind, browserKind } from './browser';
export { LiveCall } from './call';
export { Devices } from './devices';
export { Meter } from './meter';
export type { Path } from './path';
export { PeerLink } from './peer';
export type { DeviceProblem } from './problem';
export { keepAwake } from './wake';
