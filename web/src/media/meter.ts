/** How loud my microphone is, and whether it gives nothing at all. Listens to my own track only, never to others. */
import { type ReadonlySignal, signal } from '@preact/signals';

const EVERY_MS = 100;
/** −80 dBFS: below the noise of any open microphone; a muted one gives exact zeros. */
const SILENT_BELOW = 1e-4;
/** Long enough for noise suppression to let a quiet room through now and then. A guess. */
const SILENT_AFTER_MS = 4_000;

/** Told the loudness again and again, knows when it has been nothing for too long. */
export class SilenceWatch {
  #heardAt: number | null = null;

  isSilent(now: number, rms: number): boolean {
    if (this.#heardAt === null || rms >= SILENT_BELOW) this.#heardAt = now;
    return now - this.#heardAt >= SILENT_AFTER_MS;
  }
}

export function rmsOf(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** 0 to 1 on a scale on which speech fills most of the bar: −60 dBFS to −10 dBFS. */
export function levelOf(rms: number): number {
  const decibels = 20 * Math.log10(Math.max(rms, 1e-6));
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}

export class Meter {
  readonly #level = signal(0);
  readonly #isSilent = signal(false);
  readonly #context = new AudioContext();
  readonly #timer: number;

  constructor(track: MediaStreamTrack) {
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 2048;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    void this.#context.resume();
    const samples = new Float32Array(analyser.fftSize);
    const watch = new SilenceWatch();
    this.#timer = window.setInterval(() => {
      if (this.#context.state !== 'running') return; // WebKit stops it in the background: that is not silence
      analyser.getFloatTimeDomainData(samples);
      const rms = rmsOf(samples);
      this.#level.value = levelOf(rms);
      this.#isSilent.value = watch.isSilent(performance.now(), rms);
    }, EVERY_MS);
  }

  get level(): ReadonlySignal<number> {
    return this.#level;
  }

  get isSilent(): ReadonlySignal<boolean> {
    return this.#isSilent;
  }

  stop(): void {
    clearInterval(this.#timer);
    void this.#context.close();
  }
}
