/** At most five buttons in thumb reach, each with its word; Leave stands apart. */
import type { Devices } from '../../media';
import { moveByArrow } from '../parts/arrows';
import { Icon, type IconName } from '../parts/icons';
import type { Visit } from './visit';
import { CONTROL } from './words';

export function Controls({ visit }: { visit: Visit }) {
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
      {devices.canSwitchCamera.value && (
        <Control
          icon="turn"
          word={CONTROL.turn}
          label={CONTROL.turnLong}
          onTap={() => void devices.switchCamera()}
        />
      )}
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

type ControlProps = { icon: IconName; word: string; label?: string; kind?: string; onTap: () => void };

function Control({ icon, word, label, kind = '', onTap }: ControlProps) {
  return (
    <button
      type="button"
      class={`control ${kind}`}
      aria-label={label}
      data-wml-speech-command={label ?? word}
      onClick={onTap}
    >
      <Icon name={icon} />
      <span>{word}</span>
    </button>
  );
}
