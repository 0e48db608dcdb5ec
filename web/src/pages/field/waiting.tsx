/** The waiting room: my own picture, whether my microphone works, and whether the host is there. */
import { useEffect, useState } from 'preact/hooks';
import { type Devices, Meter } from '../../media';
import { DeviceNote } from '../parts/dismissible';
import { Icon } from '../parts/icons';
import { ServerAway } from '../parts/notices';
import { PresenceMark } from '../parts/presence';
import { LocalTile } from '../parts/tiles';
import { Heading } from './before';
import { Control, Controls } from './controls';
import type { Visit } from './visit';
import { CONTROL, WAITING } from './words';

export function Waiting({ visit }: { visit: Visit }) {
  const host = visit.seat.value?.host_name ?? '';
  const call = visit.call.value;
  const isHostHere = call?.participants.some(({ role, is_connected }) => role !== 'guest' && is_connected);
  const people = [...visit.signalling.known.value.people.values()];
  const isHostBusy = people.some(({ presence }) => presence === 'busy');
  const presence = !isHostHere ? 'offline' : isHostBusy ? 'busy' : 'available';
  return (
    <main class="page waiting">
      <div class="stack">
        <Heading>{WAITING.title(host)}</Heading>
        <p>{WAITING.text(host)}</p>
        {call ? (
          <PresenceMark presence={presence} word={WAITING.host[presence]} />
        ) : (
          <p class="quiet">{WAITING.connecting}</p>
        )}
      </div>
      <Preview devices={visit.devices} />
      <MicrophoneCheck devices={visit.devices} />
      <DeviceNote devices={visit.devices} />
      <ServerAway state={visit.signalling.state.value} />
      <Controls visit={visit}>
        {visit.devices.canSwitchCamera.value && (
          <Control icon="turn" word={CONTROL.turn} onTap={() => void visit.devices.switchCamera()} />
        )}
      </Controls>
    </main>
  );
}

function Preview({ devices }: { devices: Devices }) {
  const track = devices.camera.value;
  return (
    <div class="preview">
      <LocalTile of="scene" track={track} />
      {!track && (
        <p class="over">
          <Icon name="camera_off" /> {WAITING.noCamera}
        </p>
      )}
    </div>
  );
}

function MicrophoneCheck({ devices }: { devices: Devices }) {
  const track = devices.microphone.value;
  const [meter, setMeter] = useState<Meter | null>(null);
  useEffect(() => {
    if (!track) return;
    const started = new Meter(track);
    setMeter(started);
    return () => {
      started.stop();
      setMeter(null);
    };
  }, [track]);
  if (!track) return <p class="row quiet">{WAITING.microphoneNone}</p>;
  if (devices.isMuted.value) {
    return (
      <p class="row">
        <Icon name="microphone_off" /> {WAITING.microphoneMuted}
      </p>
    );
  }
  return <Level meter={meter} />;
}

function Level({ meter }: { meter: Meter | null }) {
  const [hasSpoken, setSpoken] = useState(false);
  const level = meter?.level.value ?? 0;
  const isSilent = meter?.isSilent.value ?? false;
  useEffect(() => {
    if (level > 0.3) setSpoken(true);
  }, [level]);
  const word = isSilent
    ? WAITING.microphoneSilent
    : hasSpoken
      ? WAITING.microphoneWorks
      : WAITING.microphoneListening;
  return (
    <div class="microphone-check" data-silent={isSilent}>
      <p class="row" role="status">
        <Icon name={isSilent ? 'warning' : 'microphone'} /> {word}
      </p>
      <div class="level" aria-hidden="true">
        <div style={{ transform: `scaleX(${level.toFixed(2)})` }} />
      </div>
    </div>
  );
}
