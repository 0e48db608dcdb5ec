/** At most five buttons in thumb reach, each with its word; Leave stands apart. */
import type { ComponentChildren } from 'preact';
import type { Devices } from '../../media';
import { moveByArrow } from '../parts/arrows';
import { UnreadMark } from '../parts/chat_panel';
import { Icon, type IconName } from '../parts/icons';
import type { Visit } from './visit';
import { CONTROL } from './words';

type ControlsProps = { visit: Visit; children?: ComponentChildren };

/** `children`: what the step of the visit adds. */
export function Controls({ visit, children }: ControlsProps) {
  const { devices } = visit;
  const isOn = devices.camera.value !== null;
  return (
    <div class="controls" role="toolbar" aria-label={CONTROL.bar} onKeyDown={moveByArrow}>
      <MuteButton devices={devices} />
      <Control
        icon={isOn ? 'camera' : 'camera_off'}
        word={isOn ? CONTROL.cameraOff : CONTROL.cameraOn}
        onTap={() => void devices.toggleCamera()}
      />
      {children}
      <Control icon="leave" word={CONTROL.leave} kind="leave" onTap={() => visit.leave()} />
    </div>
  );
}

function MuteButton({ devices }: { devices: Devices }) {
  const isMuted = devices.isMuted.value;
  if (!devices.microphone.value) {
    const ask = () => void devices.request({ microphone: true, camera: false });
    return <Control icon="microphone_off" word={CONTROL.addMicrophone} onTap={ask} />;
  }
  return (
    <Control
      icon={isMuted ? 'microphone_off' : 'microphone'}
      word={isMuted ? CONTROL.unmute : CONTROL.mute}
      kind={isMuted ? 'alert' : undefined}
      onTap={() => devices.toggleMute()}
    />
  );
}

/** Not among the five: it stands on the picture that it changes. */
export function SwitchCamera({ devices }: { devices: Devices }) {
  if (!devices.canSwitchCamera.value) return null;
  return (
    <button
      type="button"
      class="chip switch-camera"
      aria-label={CONTROL.turnLong}
      data-wml-speech-command={CONTROL.turnLong}
      onClick={() => void devices.switchCamera()}
    >
      <Icon name="turn" /> {CONTROL.turn}
    </button>
  );
}

type ControlProps = {
  icon: IconName;
  word: string;
  kind?: string;
  isOpen?: boolean;
  count?: number;
  onTap: () => void;
};

export function Control({ icon, word, kind = '', isOpen, count = 0, onTap }: ControlProps) {
  return (
    <button
      type="button"
      class={`control ${kind}`}
      aria-expanded={isOpen}
      data-wml-speech-command={word}
      onClick={onTap}
    >
      <Icon name={icon} />
      <span>{word}</span>
      <UnreadMark count={count} />
    </button>
  );
}
