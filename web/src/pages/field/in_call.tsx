/** The call: my own camera fills the screen, since it is what we talk about; the expert stands in a corner. */
import { useEffect, useState } from 'preact/hooks';
import { keepAwake, type PeerLink } from '../../media';
import type { Participant } from '../../signalling';
import { UnreadCard, useUnread } from '../parts/chat_panel';
import { DeviceNote } from '../parts/dismissible';
import { DrawingBar, DrawingNotes } from '../parts/drawing_bar';
import { DrawingLayer } from '../parts/drawing_layer';
import { LinkChip, useLinkWord } from '../parts/link_chip';
import { ServerAway } from '../parts/notices';
import { othersIn } from '../parts/participants';
import { LocalTile, RemoteTile } from '../parts/tiles';
import { RECONNECTING_TO } from '../parts/words';
import { ChatSheet } from './chat_sheet';
import { Control, Controls, SwitchCamera } from './controls';
import type { Visit } from './visit';
import { CONTROL, IN_CALL } from './words';

export function InCall({ visit }: { visit: Visit }) {
  useEffect(keepAwake, []);
  const [isDrawing, setDrawing] = useState(false);
  const call = visit.call.value;
  const others = call ? othersIn(call) : [];
  const links = visit.live.value?.links.value;
  const mine = visit.devices.camera.value;
  const host = others[0];
  const unread = useUnread(visit.chat, call);
  return (
    <main class={`stage ${mine ? 'showing' : 'watching'} ${isDrawing ? 'with-bar' : ''}`}>
      <h1 class="unseen">{IN_CALL.title(host?.name ?? visit.seat.value?.host_name ?? '')}</h1>
      {mine && (
        <LocalTile of="scene" track={mine}>
          {call && <DrawingLayer drawing={visit.drawing} call={call} on={call.you} canDraw />}
        </LocalTile>
      )}
      <div class="others">
        {others.map((other) => (
          <RemoteTile key={other.id} participant={other} link={links?.get(other.id)}>
            {call && <DrawingLayer drawing={visit.drawing} call={call} on={other.id} canDraw={!mine} />}
          </RemoteTile>
        ))}
      </div>
      <header class="top">
        <strong class="who">{others.map(({ name }) => name).join(', ') || IN_CALL.alone}</strong>
        {host && <LinkChip link={links?.get(host.id)} />}
      </header>
      <div class="notices">
        {host && <LostNotice host={host} link={links?.get(host.id)} />}
        <ServerAway state={visit.signalling.state.value} />
        <DeviceNote devices={visit.devices} />
        <DrawingNotes drawing={visit.drawing} />
        {call && <UnreadCard chat={visit.chat} call={call} unread={unread} />}
      </div>
      {mine && <SwitchCamera devices={visit.devices} />}
      {call && visit.chat.isOpen.value && <ChatSheet visit={visit} call={call} />}
      {call && isDrawing && <DrawingBar drawing={visit.drawing} call={call} />}
      <Controls visit={visit}>
        <Control
          icon="freehand"
          word={CONTROL.draw}
          isOpen={isDrawing}
          onTap={() => {
            visit.drawing.tool.value = isDrawing ? null : 'freehand';
            setDrawing(!isDrawing);
          }}
        />
        <Control
          icon="chat"
          word={CONTROL.chat}
          isOpen={visit.chat.isOpen.value}
          count={unread.length}
          onTap={() => visit.chat.open(!visit.chat.isOpen.value)}
        />
      </Controls>
    </main>
  );
}

function LostNotice({ host, link }: { host: Participant; link: PeerLink | undefined }) {
  if (useLinkWord(link) !== 'reconnecting') return null;
  return (
    <p class="notice" role="status">
      {RECONNECTING_TO(host.name)}
    </p>
  );
}
