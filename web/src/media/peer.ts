/**
 * One RTCPeerConnection to one page of one other participant.
 *
 * Perfect negotiation (W3C webrtc, §10.7): the offerer is the impolite side. It adds one audio and one video
 * transceiver when the link is made, the answerer takes these two from the offer, and both only swap tracks from
 * then on; so turning a camera or a microphone on or off never negotiates. ICE restarts are the offerer's alone.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Candidate, Description } from '../signalling';
import { candidateForBrowser, candidateForWire } from './candidate';
import { type Path, pathOf } from './path';
import { StallWatch } from './stall';

export type Tracks = { audio: MediaStreamTrack | null; video: MediaStreamTrack | null };

export type PeerOptions = {
  instance: string;
  isOfferer: boolean;
  /** Which relays there are just now, and whether to use anything else. */
  configuration: () => RTCConfiguration;
  tracks: Tracks;
  /** Whether an offer sent now would arrive; if not, one for every try would pile up at the server. */
  isReachable: () => boolean;
  describe: (description: Description) => void;
  offerCandidate: (candidate: Candidate) => void;
  /** Nothing comes in any more although it should: the network may be another one now. */
  doubtNetwork: () => void;
};

/** How long each state may last before the offerer restarts ICE; null: for ever. */
const PATIENCE_MS: Record<RTCPeerConnectionState, number | null> = {
  new: 10_000, // also covers an offer or an answer that got lost with a server that was restarted
  connecting: 10_000,
  disconnected: 3_000, // browsers mend a short loss by themselves within about 2 s
  failed: 200,
  connected: null,
  closed: null,
};

/** A restart through a relay over TCP may take as long as a first connecting. */
const BETWEEN_RESTARTS_MS = 10_000;

const STATS_EVERY_MS = 2_000;

/**
 * Browsers take 3 to 7 s to doubt a path that went dead. Media comes every 20 ms, and a mobile network that is only
 * slow rarely keeps it back for this long; if it did, a restart that was not needed costs a few packets and is not seen.
 */
const STALLED_AFTER_MS = 800;
const LOOK_EVERY_MS = 200;

/**
 * On a path over TCP or TLS, how often a better one is looked for. It may have been forbidden by a network that has
 * been left since; nothing tells a page so.
 */
const CLIMB_EVERY_MS = 45_000;

export class PeerLink {
  readonly instance: string;
  /** What the other sends. */
  readonly stream = new MediaStream();
  readonly #state = signal<RTCPeerConnectionState>('new');
  readonly #path = signal<Path | null>(null);
  readonly #hasConnected = signal(false);
  readonly #pc: RTCPeerConnection;
  readonly #options: PeerOptions;
  readonly #own = new MediaStream(); // names one stream, so that the other side keeps lips and voice together
  readonly #senders: { audio: RTCRtpSender | null; video: RTCRtpSender | null } = {
    audio: null,
    video: null,
  };
  #tracks: Tracks;
  #pending: Candidate[] = [];
  #isMakingOffer = false;
  #isIgnoringOffer = false;
  #work: Promise<void> = Promise.resolve();
  #patience: number | undefined;
  readonly #statsTimer: number;
  readonly #stall = new StallWatch(STALLED_AFTER_MS);
  readonly #stallTimer: number;
  #isMediaExpected = false;
  #isRestartOwed = false;
  #restartedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PeerOptions) {
    this.instance = options.instance;
    this.#options = options;
    this.#tracks = options.tracks;
    const pc = new RTCPeerConnection(options.configuration());
    this.#pc = pc;
    pc.onicecandidate = ({ candidate }) => options.offerCandidate(candidateForWire(candidate));
    pc.ontrack = ({ track }) => this.stream.addTrack(track);
    pc.onconnectionstatechange = () => this.#handleState();
    pc.onnegotiationneeded = () => this.#handleNegotiationNeeded();
    this.#statsTimer = window.setInterval(() => void this.#readPath(), STATS_EVERY_MS);
    this.#stallTimer = window.setInterval(() => this.#look(), LOOK_EVERY_MS);
    if (options.isOfferer) {
      this.#adopt(pc.addTransceiver('audio', { direction: 'sendrecv', streams: [this.#own] }));
      this.#adopt(pc.addTransceiver('video', { direction: 'sendrecv', streams: [this.#own] }));
    }
    this.#handleState();
  }

  get state(): ReadonlySignal<RTCPeerConnectionState> {
    return this.#state;
  }

  get path(): ReadonlySignal<Path | null> {
    return this.#path;
  }

  /** Tells a first connecting from a reconnecting. */
  get hasConnected(): ReadonlySignal<boolean> {
    return this.#hasConnected;
  }

  setTracks(tracks: Tracks): void {
    this.#tracks = tracks;
    for (const kind of ['audio', 'video'] as const) this.#swap(kind);
  }

  handleDescribed(description: Description): void {
    this.#enqueue(() => this.#apply(description));
  }

  handleCandidate(candidate: Candidate): void {
    this.#enqueue(async () => {
      if (this.#pc.remoteDescription) await this.#addCandidate(candidate);
      else this.#pending.push(candidate);
    });
  }

  /** Both sides can hear each other again: if the link is not up, do not wait for its patience to end. */
  handleReachable(): void {
    if (this.#pc.connectionState !== 'connected' || this.#isRestartOwed) this.#restart();
  }

  /** Whether the other side says that its camera or its microphone is on. */
  expectMedia(isExpected: boolean): void {
    this.#isMediaExpected = isExpected;
  }

  /**
   * Fresh credentials, or other relays, for the next ICE restart. If a relay has died, that is now: a relayed link may
   * go through it, and the browser would notice some ten seconds later.
   */
  handleServersChanged(hasLostRelay: boolean): void {
    if (this.#pc.connectionState === 'closed') return;
    this.#pc.setConfiguration(this.#options.configuration());
    if (hasLostRelay && this.#path.peek()?.is === 'relayed') this.#restart();
  }

  close(): void {
    clearTimeout(this.#patience);
    clearInterval(this.#statsTimer);
    clearInterval(this.#stallTimer);
    this.#pc.onicecandidate = this.#pc.ontrack = null;
    this.#pc.onconnectionstatechange = this.#pc.onnegotiationneeded = null;
    this.#pc.close();
    this.#state.value = 'closed';
  }

  #handleNegotiationNeeded(): void {
    // The answerer has nothing to say before the first offer has shown it the transceivers.
    if (this.#options.isOfferer || this.#pc.remoteDescription) this.#enqueue(() => this.#offer());
  }

  async #offer(): Promise<void> {
    const { signalingState } = this.#pc;
    if (signalingState !== 'stable' && signalingState !== 'have-local-offer') return;
    this.#isMakingOffer = true;
    try {
      await this.#pc.setLocalDescription();
      this.#describe();
    } finally {
      this.#isMakingOffer = false;
    }
  }

  async #apply(description: Description): Promise<void> {
    const pc = this.#pc;
    const isOffer = description.type === 'offer';
    const collides = isOffer && (this.#isMakingOffer || pc.signalingState !== 'stable');
    this.#isIgnoringOffer = this.#options.isOfferer && collides;
    if (this.#isIgnoringOffer) return;
    if (!isOffer && pc.signalingState !== 'have-local-offer') return; // the answer to an offer since replaced
    await pc.setRemoteDescription(description);
    for (const candidate of this.#pending.splice(0)) await this.#addCandidate(candidate);
    if (!isOffer) return;
    for (const transceiver of pc.getTransceivers()) this.#adopt(transceiver);
    await pc.setLocalDescription();
    this.#describe();
  }

  #adopt(transceiver: RTCRtpTransceiver): void {
    const kind = transceiver.receiver.track.kind as 'audio' | 'video';
    if (this.#senders[kind]) return;
    this.#senders[kind] = transceiver.sender;
    if (transceiver.direction !== 'sendrecv') transceiver.direction = 'sendrecv';
    if (!this.#options.isOfferer) transceiver.sender.setStreams?.(this.#own);
    this.#swap(kind);
  }

  #swap(kind: 'audio' | 'video'): void {
    const sender = this.#senders[kind];
    if (sender && sender.track !== this.#tracks[kind]) void sender.replaceTrack(this.#tracks[kind]);
  }

  #describe(): void {
    const description = this.#pc.localDescription;
    if (description)
      this.#options.describe({ type: description.type as 'offer' | 'answer', sdp: description.sdp });
  }

  async #addCandidate(candidate: Candidate): Promise<void> {
    try {
      await this.#pc.addIceCandidate(candidateForBrowser(candidate));
    } catch (error) {
      // One from before a restart, or one that this browser cannot read (mDNS, IPv6 zone): others will do.
      if (!this.#isIgnoringOffer) console.debug('candidate not taken', error);
    }
  }

  #handleState(): void {
    const state = this.#pc.connectionState;
    this.#state.value = state;
    if (state === 'connected') this.#hasConnected.value = true;
    clearTimeout(this.#patience);
    const patience = PATIENCE_MS[state];
    if (patience !== null && this.#options.isOfferer) {
      this.#patience = window.setTimeout(() => this.#restart(), patience);
    }
    void this.#readPath();
  }

  /** With fresh relay credentials: those of a long call may have run out. */
  #restart(): void {
    clearTimeout(this.#patience);
    if (!this.#options.isOfferer || this.#pc.connectionState === 'closed') return;
    this.#patience = window.setTimeout(() => this.#restartUnlessUp(), BETWEEN_RESTARTS_MS);
    this.#isRestartOwed = !this.#options.isReachable();
    if (this.#isRestartOwed) return;
    this.#restartedAt = performance.now();
    this.#pc.setConfiguration(this.#options.configuration());
    this.#pc.restartIce();
    this.#enqueue(() => this.#offer());
  }

  /** A restart in a call that goes on leaves the state as it is, so that no change of state stops the timer. */
  #restartUnlessUp(): void {
    if (this.#pc.connectionState !== 'connected') this.#restart();
  }

  #look(): void {
    if (!this.#hasConnected.peek()) return;
    const now = performance.now();
    if (this.#stall.look(now, this.#latest(), this.#isMediaExpected)) {
      this.#options.doubtNetwork();
      this.#restart();
    }
    const path = this.#path.peek();
    const isLow = path?.is === 'relayed' && path.over !== 'udp';
    if (isLow && now - this.#restartedAt > CLIMB_EVERY_MS) this.#restart();
  }

  /**
   * The last packets that were played, by the sender's time. Cheaper than statistics, and enough to see that they come;
   * the receiver's time goes on while Chromium fills a gap in the sound.
   */
  #latest(): string {
    const receivers = this.#pc.getReceivers();
    return receivers.map((it) => it.getSynchronizationSources()[0]?.rtpTimestamp ?? 0).join();
  }

  /** One step at a time: a candidate must not overtake the description it belongs to. */
  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      if (this.#pc.connectionState !== 'closed') console.warn('negotiation step failed', error);
    });
  }

  async #readPath(): Promise<void> {
    if (this.#pc.connectionState !== 'connected') return;
    const reports: { id: string; type: string }[] = [];
    (await this.#pc.getStats()).forEach((report) => void reports.push(report));
    const path = pathOf(reports);
    if (path && JSON.stringify(path) !== JSON.stringify(this.#path.value)) this.#path.value = path;
  }
}
