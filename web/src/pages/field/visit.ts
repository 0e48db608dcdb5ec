/** A guest's way from the link to the end of the call: which step they are at, and what each tap does. */
import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { Drawing } from '../../annotate';
import { type DeviceProblem, Devices, LiveCall } from '../../media';
import {
  api,
  type GuestSeat,
  type InviteForGuest,
  type Refusal,
  Refused,
  Signalling,
} from '../../signalling';
import { Chat } from '../parts/chat';
import { announce } from '../parts/notices';
import { comingsAndGoings, myself } from '../parts/participants';
import { HAS_LEFT, JOINED } from '../parts/words';

export type Step =
  | { at: 'looking' }
  | { at: 'no_link' }
  | { at: 'unavailable'; refusal: Refusal; host: string | null }
  | { at: 'invite'; token: string; invite: InviteForGuest }
  | { at: 'permission' }
  | { at: 'problem'; problem: DeviceProblem }
  | { at: 'call' };

/** Where the call is, as this guest sees it. */
export type Phase = 'none' | 'connecting' | 'waiting' | 'in_call' | 'refused' | 'left' | 'ended';

export class Visit {
  readonly #step = signal<Step>({ at: 'looking' });
  readonly #seat = signal<GuestSeat | null>(null);
  readonly #hasLeft = signal(false);
  readonly devices = new Devices('environment');
  readonly signalling = new Signalling('/signal/guest');
  readonly chat = new Chat(this.signalling);
  readonly drawing = new Drawing(this.signalling);
  readonly #live = signal<LiveCall | null>(null);

  get step(): ReadonlySignal<Step> {
    return this.#step;
  }

  get seat(): ReadonlySignal<GuestSeat | null> {
    return this.#seat;
  }

  get live(): ReadonlySignal<LiveCall | null> {
    return this.#live;
  }

  readonly call = computed(() => this.signalling.known.value.calls.get(this.#seat.value?.call ?? ''));

  readonly phase = computed<Phase>(() => {
    if (!this.#seat.value) return 'none';
    if (this.#hasLeft.value) return 'left';
    const call = this.call.value;
    // A server that knows me but not the call has forgotten it: it is over.
    if (!call) return this.signalling.known.value.me ? 'ended' : 'connecting';
    const state = myself(call)?.state;
    if (call.phase === 'ended' && state !== 'refused') return 'ended';
    return state === 'admitted' ? 'in_call' : (state ?? 'ended');
  });

  async begin(): Promise<void> {
    const token = location.hash.slice(1);
    window.addEventListener('hashchange', () => location.reload()); // another link was opened in this tab
    if (!token) return this.#takeSeatAgain();
    try {
      const invite = await api.lookAtInvite({ token });
      if (invite.seat) return this.#comeBack(invite.seat); // the link was opened again where it was used
      this.#step.value = { at: 'invite', token, invite };
    } catch (error) {
      this.#step.value = unavailable(error, null);
    }
  }

  async enter(token: string, host: string, name: string): Promise<Refusal | null> {
    let seat: GuestSeat;
    try {
      seat = await api.enterAsGuest({ token, name });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status !== 404 && error.status !== 410) return error.refusal;
      this.#step.value = unavailable(error, host);
      return null;
    }
    this.#sit(seat);
    this.#step.value = Devices.isTrusted ? { at: 'permission' } : { at: 'problem', problem: 'insecure' };
    return null;
  }

  /** From a tap, as browsers want it. */
  async useDevices(): Promise<void> {
    const problem = await this.devices.request({ microphone: true, camera: true });
    this.#step.value = problem ? { at: 'problem', problem } : { at: 'call' };
  }

  goWithoutDevices(): void {
    this.devices.goWithout();
    this.#step.value = { at: 'call' };
  }

  leave(): void {
    this.#live.value?.leave();
    this.#hasLeft.value = true;
    this.#letGo();
  }

  /** After a reload: the cookie knows the seat. */
  async #takeSeatAgain(): Promise<void> {
    let seat: GuestSeat;
    try {
      seat = await api.guestSeat();
    } catch (error) {
      const isNobody = error instanceof Refused && error.status === 401;
      this.#step.value = isNobody ? { at: 'no_link' } : unavailable(error, null);
      return;
    }
    await this.#comeBack(seat);
  }

  /** Who is seated already is asked for nothing but what this page needs anew. If the call is over, the socket says so. */
  async #comeBack(seat: GuestSeat): Promise<void> {
    this.#sit(seat);
    if (!(await this.devices.wereGiven())) {
      this.#step.value = Devices.isTrusted ? { at: 'permission' } : { at: 'problem', problem: 'insecure' };
      return;
    }
    this.#step.value = { at: 'call' };
    const wanted = this.devices.whatWasGiven();
    if (wanted.camera || wanted.microphone) await this.devices.request(wanted);
  }

  #sit(seat: GuestSeat): void {
    this.#seat.value = seat;
    history.replaceState(null, '', '/join'); // the token has done its work: keep it out of sight and of the history
    this.signalling.start();
    this.#live.value = new LiveCall(seat.call, this.signalling, this.devices);
    let before = this.call.peek();
    effect(() => {
      const after = this.call.value;
      if (after) tell(comingsAndGoings(before, after));
      before = after;
    });
    effect(() => {
      const isOver = ['ended', 'refused', 'left'].includes(this.phase.value);
      const isStopped = this.signalling.state.value.is === 'stopped';
      // After a tap on Leave, the socket stays until the server has heard of it.
      const isDone = isOver && !isStopped && !this.#hasLeft.value;
      untracked(() => {
        if (isOver) this.#letGo();
        else if (isStopped) this.#release();
        if (isDone) this.signalling.stop();
      });
    });
  }

  #letGo(): void {
    this.#release();
    this.devices.stop();
  }

  #release(): void {
    this.#live.peek()?.close();
    this.devices.release();
  }
}

function unavailable(error: unknown, host: string | null): Step {
  if (!(error instanceof Refused)) throw error;
  return { at: 'unavailable', refusal: error.refusal, host };
}

function tell({ joined, left }: { joined: string[]; left: string[] }): void {
  for (const name of joined) announce(JOINED(name));
  for (const name of left) announce(HAS_LEFT(name));
}
