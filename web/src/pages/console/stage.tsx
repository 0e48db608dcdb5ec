/** The call: the worker's picture as large as it goes, mine small, the controls below. */
import { useEffect } from 'preact/hooks';
import { keepAwake } from '../../media';
import type { Call, Participant } from '../../signalling';
import { moveByArrow } from '../parts/arrows';
import { UnreadMark, useUnread } from '../parts/chat_panel';
import { DeviceNote, Dismissible } from '../parts/dismissible';
import { DrawingBar, DrawingNotes } from '../parts/drawing_bar';
import { DrawingLayer } from '../parts/drawing_layer';
import { Icon, type IconName } from '../parts/icons';
import { LinkChip, useLinkWord } from '../parts/link_chip';
import { ServerAway } from '../parts/notices';
import { othersIn } from '../parts/participants';
import { LocalTile, RemoteTile } from '../parts/tiles';
import { RECONNECTING_TO } from '../parts/words';
import { openChat } from './call_panel';
import { type Desk, namesIn } from './desk';
import { CALL } from './words';

export function Stage({ desk, call }: { desk: Desk; call: Call }) {
  useEffect(keepAwake, []);
  const links = desk.live.value?.links.value;
  const others = othersIn(call);
  return (
    <section class="stage" aria-label={CALL.region}>
      <header class="top">
        <h1>{CALL.title(namesIn(call))}</h1>
        {others[0] && <LinkChip link={links?.get(others[0].id)} />}
      </header>
      <div class="pictures">
        {others.map((other) => (
          <RemoteTile key={other.id} participant={other} link={links?.get(other.id)}>
            <DrawingLayer drawing={desk.drawing} call={call} on={other.id} canDraw />
          </RemoteTile>
        ))}
        {desk.devices.camera.value && (
          <LocalTile of="face" track={desk.devices.camera.value}>
            <DrawingLayer drawing={desk.drawing} call={call} on={call.you} />
          </LocalTile>
        )}
        <DrawingBar drawing={desk.drawing} call={call} />
        <div class="notices">
          {others.map((other) => (
            <Lost key={other.id} other={other} desk={desk} />
          ))}
          <ServerAway state={desk.signalling.state.value} />
          <DeviceNote devices={desk.devices} />
          <Trouble desk={desk} />
          <DrawingNotes drawing={desk.drawing} />
        </div>
      </div>
      <Controls desk={desk} />
    </section>
  );
}

export function Trouble({ desk }: { desk: Desk }) {
  const text = desk.trouble.value;
  return text === null ? null : <Dismissible text={text} onDismiss={() => desk.forgetTrouble()} />;
}

function Lost({ other, desk }: { other: Participant; desk: Desk }) {
  const word = useLinkWord(desk.live.value?.links.value.get(other.id));
  if (word !== 'reconnecting') return null;
  return (
    <p class="notice" role="status">
      {RECONNECTING_TO(other.name)}
    </p>
  );
}

function Controls({ desk }: { desk: Desk }) {
  const unread = useUnread(desk.chat, desk.call.value ?? undefined);
  const { devices } = desk;
  const isMuted = devices.isMuted.value;
  const hasMicrophone = devices.microphone.value !== null;
  const hasCamera = devices.camera.value !== null;
  const microphoneWord = isMuted ? CALL.unmute : CALL.mute;
  return (
    <div class="controls" role="toolbar" aria-label={CALL.controls} onKeyDown={moveByArrow}>
      <Control
        icon={hasMicrophone && !isMuted ? 'microphone' : 'microphone_off'}
        word={hasMicrophone ? microphoneWord : CALL.addMicrophone}
        keyName="M"
        onTap={() => desk.toggleMicrophone()}
      />
      <Control
        icon={hasCamera ? 'camera' : 'camera_off'}
        word={hasCamera ? CALL.cameraOff : CALL.cameraOn}
        keyName="V"
        onTap={() => void devices.toggleCamera()}
      />
      <Control icon="chat" word={CALL.chat} keyName="C" count={unread.length} onTap={() => openChat(desk)} />
      <Control icon="leave" word={CALL.hangUp} keyName="Shift+E" kind="bad" onTap={() => desk.hangUp()} />
    </div>
  );
}

type ControlProps = {
  icon: IconName;
  word: string;
  keyName: string;
  kind?: string;
  count?: number;
  onTap: () => void;
};

function Control({ icon, word, keyName, kind = '', count = 0, onTap }: ControlProps) {
  return (
    <button
      type="button"
      class={`button ${kind}`}
      aria-keyshortcuts={keyName}
      title={keyName}
      onClick={onTap}
    >
      <Icon name={icon} /> {word} <UnreadMark count={count} />
    </button>
  );
}
