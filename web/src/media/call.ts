/** One call as this page takes part in it: follows its snapshots, keeps a link to everybody else, says what I send. */
import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { Call, FromServer, Known, Signalling } from '../signalling';
import { serverForBrowser } from './candidate';
import type { Devices } from './devices';
import { PeerLink, type Tracks } from './peer';
import { linkPlan, type Wanted } from './plan';

export class LiveCall {
  readonly #links = signal<ReadonlyMap<string, PeerLink>>(new Map());
  readonly #endings: (() => void)[];
  /** Participants whom an offer would reach now. */
  #reachable: ReadonlySet<string> = new Set();
  #saidMedia = '';

  constructor(
    readonly id: string,
    private readonly signalling: Signalling,
    private readonly devices: Devices,
  ) {
    this.#endings = [
      // Before the next: a link that is built by the same snapshot makes its offer anyhow.
      effect(() =>
        this.#noteReachable(signalling.known.value.calls.get(id), signalling.state.value.is === 'open'),
      ),
      effect(() => this.#follow(signalling.known.value.calls.get(id))),
      effect(() => this.#send({ audio: devices.microphone.value, video: devices.camera.value })),
      signalling.listen((message) => this.#hear(message)),
    ];
  }

  get links(): ReadonlySignal<ReadonlyMap<string, PeerLink>> {
    return this.#links;
  }

  leave(): void {
    this.signalling.say({ type: 'leave', call: this.id });
  }

  close(): void {
    for (const end of this.#endings) end();
    for (const link of this.#links.peek().values()) link.close();
    this.#links.value = new Map();
  }

  #follow(call: Call | undefined): void {
    untracked(() => this.#plan(call));
    const me = call?.participants.find(({ id }) => id === call.you);
    if (call?.phase !== 'open' || !me || (me.state !== 'admitted' && me.state !== 'waiting')) return;
    const media = this.devices.media.value; // read here: the effect runs again when it changes
    const isKnown = me.media.microphone === media.microphone && me.media.camera === media.camera;
    if (isKnown || JSON.stringify(media) === this.#saidMedia) return;
    this.#saidMedia = JSON.stringify(media);
    this.signalling.say({ type: 'set_media', call: this.id, media });
  }

  #plan(call: Call | undefined): void {
    const links = new Map(this.#links.value);
    const { build, drop } = linkPlan(call, links);
    for (const participant of drop) {
      links.get(participant)?.close();
      links.delete(participant);
    }
    for (const wanted of build) links.set(wanted.participant, this.#built(wanted));
    for (const { id, media } of call?.participants ?? [])
      links.get(id)?.expectMedia(media.microphone === 'on' || media.camera === 'on');
    if (build.length + drop.length > 0) this.#links.value = links;
  }

  #built({ participant, instance, isOfferer }: Wanted): PeerLink {
    const { signalling, devices, id } = this;
    const envelope = { call: id, to: participant, peer_instance: instance };
    return new PeerLink({
      instance,
      isOfferer,
      configuration: () => configuration(signalling.known.peek()),
      tracks: { audio: devices.microphone.peek(), video: devices.camera.peek() },
      isReachable: () => this.#reachable.has(participant),
      describe: (description) => signalling.say({ type: 'describe', ...envelope, description }),
      offerCandidate: (candidate) => signalling.say({ type: 'offer_candidate', ...envelope, candidate }),
      doubtNetwork: () => signalling.doubt(),
    });
  }

  #noteReachable(call: Call | undefined, isOpen: boolean): void {
    const connected = call?.participants.filter(({ is_connected }) => is_connected && isOpen) ?? [];
    const before = this.#reachable;
    this.#reachable = new Set(connected.map(({ id }) => id));
    for (const [participant, link] of this.#links.peek()) {
      if (this.#reachable.has(participant) && !before.has(participant)) link.handleReachable();
    }
  }

  #send(tracks: Tracks): void {
    for (const link of this.#links.peek().values()) link.setTracks(tracks);
  }

  #hear(message: FromServer): void {
    if (message.type === 'welcome' && !message.is_resumed) {
      this.#saidMedia = '';
      this.#follow(this.signalling.known.peek().calls.get(this.id));
    }
    if (message.type === 'ice_servers_changed') {
      for (const link of this.#links.peek().values()) link.handleServersChanged(message.has_lost_relay);
    }
    if (message.type !== 'described' && message.type !== 'candidate_offered') return;
    const link = this.#links.peek().get(message.sender);
    if (message.call !== this.id || link?.instance !== message.sender_instance) return;
    if (message.type === 'described') link.handleDescribed(message.description);
    else link.handleCandidate(message.candidate);
  }
}

function configuration({ iceServers, isRelayOnly }: Known): RTCConfiguration {
  return {
    iceServers: iceServers.map(serverForBrowser),
    iceTransportPolicy: isRelayOnly ? 'relay' : 'all',
  };
}
