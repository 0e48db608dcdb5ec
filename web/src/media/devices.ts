/** My own camera and microphone: asked for from a tap, toggled, switched, and got back when the system took them. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Media, MediaState } from '../signalling';
import { type DeviceProblem, deviceProblem, isWorthTryingAlone } from './problem';

export type Facing = 'environment' | 'user';
export type Kind = 'microphone' | 'camera';
export type Wanted = { microphone: boolean; camera: boolean };

const CONSENT_KEY = 'sightline.devices';

export class Devices {
  readonly #microphone = signal<MediaStreamTrack | null>(null);
  readonly #camera = signal<MediaStreamTrack | null>(null);
  readonly #isMuted = signal(false);
  readonly #problem = signal<DeviceProblem | null>(null);
  readonly #cameras = signal<MediaDeviceInfo[]>([]);
  readonly #isCameraAbsent = signal(true);
  #facing: Facing;
  #isCameraLost = false;

  constructor(facing: Facing) {
    this.#facing = facing;
    document.addEventListener('visibilitychange', this.#regain);
    navigator.mediaDevices?.addEventListener?.('devicechange', () => void this.#listCameras());
  }

  get microphone(): ReadonlySignal<MediaStreamTrack | null> {
    return this.#microphone;
  }

  get camera(): ReadonlySignal<MediaStreamTrack | null> {
    return this.#camera;
  }

  get isMuted(): ReadonlySignal<boolean> {
    return this.#isMuted;
  }

  /** Why the last request was not met in full; null when it was. */
  get problem(): ReadonlySignal<DeviceProblem | null> {
    return this.#problem;
  }

  readonly canSwitchCamera = computed(() => this.#cameras.value.length > 1 && this.#camera.value !== null);

  /** What to tell the others. */
  readonly media = computed<Media>(() => ({
    microphone: this.#microphone.value ? (this.#isMuted.value ? 'off' : 'on') : 'absent',
    camera: this.#camera.value ? 'on' : cameraWhenDark(this.#isCameraAbsent.value),
  }));

  static get isTrusted(): boolean {
    return navigator.mediaDevices?.getUserMedia !== undefined;
  }

  /** Called from a tap only. Gets as much as there is; returns null when something, whatever it was, was got. */
  async request(wanted: Wanted): Promise<DeviceProblem | null> {
    this.#problem.value = null;
    if (!Devices.isTrusted) return this.#fail('insecure');
    const first = await this.#take(wanted);
    if (first === null) return null;
    if (!wanted.microphone || !wanted.camera || !isWorthTryingAlone(first)) return this.#fail(first);
    const second = await this.#take({ microphone: true, camera: false });
    const third = second === null ? null : await this.#take({ microphone: false, camera: true });
    this.#problem.value = first;
    return third === null ? null : first;
  }

  /** The person chose to send nothing; a reload does not ask again. */
  goWithout(): void {
    this.#problem.value = null;
    this.#remember();
  }

  toggleMute(): void {
    this.#isMuted.value = !this.#isMuted.value;
    const track = this.#microphone.value;
    if (track) track.enabled = !this.#isMuted.value;
  }

  /** Off lets go of the camera, so that its light goes out too. */
  async toggleCamera(): Promise<DeviceProblem | null> {
    if (!this.#camera.value) return this.request({ microphone: false, camera: true });
    this.#dropCamera();
    return null;
  }

  /** To the other side of a phone, else to the next camera in the list. */
  async switchCamera(): Promise<void> {
    const current = this.#camera.value?.getSettings() ?? {};
    const cameras = this.#cameras.value;
    const index = cameras.findIndex(({ deviceId }) => deviceId === current.deviceId);
    const next = cameras[(index + 1) % cameras.length];
    this.#facing = this.#facing === 'environment' ? 'user' : 'environment';
    this.#dropCamera(); // most phones open one camera at a time
    const hasSides = current.facingMode !== undefined;
    const choice = hasSides ? { facingMode: this.#facing } : { deviceId: { exact: next?.deviceId ?? '' } };
    if ((await this.#take({ microphone: false, camera: true }, choice)) !== null) {
      this.#facing = this.#facing === 'environment' ? 'user' : 'environment';
      await this.request({ microphone: false, camera: true });
    }
  }

  /** After a reload: true when the devices may be taken again without a tap, as they were given in this call. */
  async wereGiven(): Promise<boolean> {
    const given = sessionStorage.getItem(CONSENT_KEY) !== null;
    const states = await Promise.all((['camera', 'microphone'] as const).map(permissionState));
    return given && !states.includes('denied');
  }

  /** What was on before the reload. */
  whatWasGiven(): Wanted {
    const given = sessionStorage.getItem(CONSENT_KEY) ?? '';
    return { microphone: given.includes('microphone'), camera: given.includes('camera') };
  }

  forgetProblem(): void {
    this.#problem.value = null;
  }

  /** The call is over: let go of everything, and ask again before the next. */
  stop(): void {
    this.release();
    this.#isMuted.value = false;
    this.#problem.value = null;
    sessionStorage.removeItem(CONSENT_KEY);
  }

  /** Another page has taken the call over: let go, but know what was given if this one takes it back. */
  release(): void {
    this.#microphone.value?.stop();
    this.#camera.value?.stop();
    this.#microphone.value = null;
    this.#camera.value = null;
    this.#isCameraLost = false;
  }

  async #take(wanted: Wanted, choice: MediaTrackConstraints = {}): Promise<DeviceProblem | null> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: wanted.microphone,
        video: wanted.camera && { ...PICTURE, facingMode: { ideal: this.#facing }, ...choice },
      });
      for (const track of stream.getTracks()) this.#keep(track);
      void this.#listCameras();
      return null;
    } catch (error) {
      return deviceProblem(error as Error);
    }
  }

  #keep(track: MediaStreamTrack): void {
    track.onended = () => this.#lost(track);
    if (track.kind === 'audio') {
      this.#microphone.value?.stop();
      track.enabled = !this.#isMuted.value;
      this.#microphone.value = track;
    } else {
      this.#camera.value?.stop();
      this.#isCameraAbsent.value = false;
      this.#camera.value = track;
    }
    this.#remember();
  }

  /** The system took it: a telephone call, a lid that was closed, a plug that was pulled. */
  #lost(track: MediaStreamTrack): void {
    if (track === this.#camera.value) {
      this.#camera.value = null;
      this.#isCameraLost = true;
    } else if (track === this.#microphone.value) {
      this.#microphone.value = null;
    }
  }

  readonly #regain = (): void => {
    if (document.visibilityState === 'hidden') return;
    const isMicrophoneLost = this.#microphone.value === null && this.whatWasGiven().microphone;
    if (!this.#isCameraLost && !isMicrophoneLost) return;
    void this.#take({ microphone: isMicrophoneLost, camera: this.#isCameraLost });
    this.#isCameraLost = false;
  };

  #dropCamera(): void {
    this.#camera.value?.stop();
    this.#camera.value = null;
    this.#isCameraLost = false;
    this.#remember();
  }

  #fail(problem: DeviceProblem): DeviceProblem {
    this.#problem.value = problem;
    return problem;
  }

  #remember(): void {
    const given: Kind[] = [];
    if (this.#microphone.value) given.push('microphone');
    if (this.#camera.value) given.push('camera');
    sessionStorage.setItem(CONSENT_KEY, given.join(' '));
  }

  async #listCameras(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.#cameras.value = devices.filter(({ kind }) => kind === 'videoinput');
  }
}

/** 720p is what a phone's encoder does in hardware without getting hot. */
const PICTURE: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

function cameraWhenDark(isAbsent: boolean): MediaState {
  return isAbsent ? 'absent' : 'off';
}

/** Firefox and older Safari do not know these names. */
async function permissionState(name: Kind): Promise<PermissionState | null> {
  const status = await navigator.permissions?.query({ name: name as PermissionName }).catch(() => null);
  return status?.state ?? null;
}
