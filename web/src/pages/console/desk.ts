/** An expert's desk: who is signed in, which calls there are, which one is on the stage. Draws nothing. */
import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { Drawing } from '../../annotate';
import { Devices, LiveCall } from '../../media';
import {
  api,
  type Call,
  type Invite,
  type Me,
  type Participant,
  Refused,
  Signalling,
} from '../../signalling';
import { Chat } from '../parts/chat';
import { announce } from '../parts/notices';
import { comingsAndGoings, myself, othersIn, waitingIn } from '../parts/participants';
import { HAS_LEFT, JOINED } from '../parts/words';
import { WAITING } from './words';

const CAMERA_KEY = 'sightline.show_camera';

export type Guest = { call: Call; participant: Participant };

export class Desk {
  readonly devices = new Devices('user');
  readonly signalling = new Signalling('/signal');
  readonly chat = new Chat(this.signalling);
  readonly drawing = new Drawing(this.signalling);
  readonly #live = signal<LiveCall | null>(null);
  readonly #invites = signal<Invite[] | null>(null);
  readonly #endedWith = signal<string | null>(null);
  readonly #showsCamera = signal(localStorage.getItem(CAMERA_KEY) !== 'no');
  readonly #trouble = signal<string | null>(null);
  #isFirstWelcome = true;

  constructor(readonly me: Me) {}

  get live(): ReadonlySignal<LiveCall | null> {
    return this.#live;
  }

  /** Null until they are known. */
  get invites(): ReadonlySignal<Invite[] | null> {
    return this.#invites;
  }

  /** Whom the last call was with, until the next one. */
  get endedWith(): ReadonlySignal<string | null> {
    return this.#endedWith;
  }

  /** What the server could not do, in its words. */
  get trouble(): ReadonlySignal<string | null> {
    return this.#trouble;
  }

  forgetTrouble(): void {
    this.#trouble.value = null;
  }

  get showsCamera(): ReadonlySignal<boolean> {
    return this.#showsCamera;
  }

  /** The open call that has somebody in it besides me. A host has one at a time: further guests join it. */
  readonly call = computed<Call | null>(() => {
    const calls = [...this.signalling.known.value.calls.values()];
    const running = calls.filter((call) => call.phase === 'open' && isIn(call) && othersIn(call).length > 0);
    return running.sort((a, b) => b.opened_at - a.opened_at)[0] ?? null;
  });

  readonly waiting = computed<Guest[]>(() =>
    [...this.signalling.known.value.calls.values()]
      .sort((a, b) => a.opened_at - b.opened_at)
      .flatMap((call) => waitingIn(call).map((participant) => ({ call, participant }))),
  );

  readonly phase = computed(() => {
    if (this.call.value) return 'in_call';
    if (this.waiting.value.length > 0) return 'waiting';
    return this.#endedWith.value === null ? 'none' : 'ended';
  });

  may(permission: string): boolean {
    return this.me.permissions.includes(permission);
  }

  begin(): void {
    this.signalling.start();
    effect(() => {
      const id = this.call.value?.id ?? null;
      // Untracked: what it reads of the devices must not run it again, as it would stop those just asked for.
      untracked(() => this.#stage(id));
    });
    effect(() => this.#tellWhoWaits());
    let before: Call | null = null;
    effect(() => {
      const after = this.call.value;
      if (after && before?.id === after.id) tell(before, after);
      if (after) this.#endedWith.value = null;
      else if (before) this.#endedWith.value = namesIn(before);
      before = after;
    });
    effect(() => {
      if (this.signalling.state.value.is === 'stopped') untracked(() => this.#release());
    });
    this.signalling.listen((message) => {
      if (message.type === 'problem') this.#trouble.value = message.text;
      if (message.type === 'welcome') void this.#regainDevices();
    });
    // An invite changes when its guest comes, so it is the guests that say when to look again, and not each change
    // of a call: whoever mutes and unmutes would make every console ask.
    const guests = computed(() =>
      [...this.signalling.known.value.calls.values()]
        .flatMap((call) => call.participants.map((participant) => participant.id))
        .join(' '),
    );
    effect(() => {
      guests.value;
      untracked(() => void this.loadInvites());
    });
  }

  chooseCamera(shows: boolean): void {
    this.#showsCamera.value = shows;
    localStorage.setItem(CAMERA_KEY, shows ? 'yes' : 'no');
  }

  /** From the tap itself, since browsers ask for devices only then. Without any, the call goes on all the same. */
  async letIn({ call, participant }: Guest): Promise<void> {
    const missing = {
      microphone: this.devices.microphone.value === null,
      camera: this.#showsCamera.value && this.devices.camera.value === null,
    };
    if (missing.microphone || missing.camera) await this.devices.request(missing);
    this.signalling.say({ type: 'admit', call: call.id, participant: participant.id });
  }

  sendAway({ call, participant }: Guest): void {
    this.signalling.say({ type: 'refuse', call: call.id, participant: participant.id });
  }

  hangUp(): void {
    this.#live.value?.leave();
  }

  toggleMicrophone(): void {
    if (this.devices.microphone.value) this.devices.toggleMute();
    else void this.devices.request({ microphone: true, camera: false });
  }

  async loadInvites(): Promise<void> {
    if (!this.may('invite')) return;
    try {
      this.#invites.value = await api.invites();
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // the list is a convenience: the next change loads it again
    }
  }

  async signOut(): Promise<void> {
    this.hangUp();
    await api.signOut().catch(() => null);
    location.assign('/');
  }

  #stage(id: string | null): void {
    if ((this.#live.peek()?.id ?? null) === id) return;
    this.#live.peek()?.close();
    this.#live.value = id === null ? null : new LiveCall(id, this.signalling, this.devices);
    if (id === null) this.devices.stop();
  }

  #release(): void {
    this.#live.peek()?.close();
    this.devices.release();
  }

  async #regainDevices(): Promise<void> {
    if (!this.#isFirstWelcome) return;
    this.#isFirstWelcome = false;
    if (!this.call.value || !(await this.devices.wereGiven())) return;
    const wanted = this.devices.whatWasGiven();
    if (wanted.microphone || wanted.camera) await this.devices.request(wanted);
  }

  #tellWhoWaits(): void {
    const first = this.waiting.value[0];
    if (first) announce(WAITING.title(first.participant.name));
  }
}

export function namesIn(call: Call): string {
  return othersIn(call)
    .map(({ name }) => name)
    .join(', ');
}

function isIn(call: Call): boolean {
  return myself(call)?.state === 'admitted';
}

function tell(before: Call, after: Call): void {
  const { joined, left } = comingsAndGoings(before, after);
  for (const name of joined) announce(JOINED(name));
  for (const name of left) announce(HAS_LEFT(name));
}
