import '../../tokens.css';
import '../../base.css';
import '../parts/parts.css';
import '../parts/chat.css';
import '../parts/drawing.css';
import '../parts/desk.css';
import './console.css';
import { render } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Me } from '../../signalling';
import { Gate } from '../parts/gate';
import { Icon } from '../parts/icons';
import { LiveRegion, ServerAway } from '../parts/notices';
import { PRODUCT } from '../parts/words';
import { CallPanel } from './call_panel';
import { Desk } from './desk';
import { Invites } from './invites';
import { isShowingKeys, KeysDialog, useKeys } from './keys';
import { People } from './people';
import { Stage, Trouble } from './stage';
import { WaitingGuests } from './waiting';
import { HEADER, HOME, SKIP, STOPPED, titleWhenWaiting } from './words';

function Console({ me }: { me: Me }) {
  const desk = useMemo(() => new Desk(me), [me]);
  useEffect(() => desk.begin(), [desk]);
  useKeys(desk);
  const first = desk.waiting.value[0]?.participant.name;
  useEffect(() => {
    document.title = first ? titleWhenWaiting(first) : PRODUCT;
  }, [first]);
  const state = desk.signalling.state.value;
  if (state.is === 'stopped') return <Stopped reason={state.reason} />;
  const call = desk.call.value;
  return (
    <div class={`console ${call ? 'in-call' : ''}`} data-call-phase={desk.phase.value}>
      <a class="button skip" href="#centre">
        {SKIP}
      </a>
      <Header desk={desk} />
      <People desk={desk} />
      <main id="centre" tabIndex={-1}>
        {call ? <Stage desk={desk} call={call} /> : <Home desk={desk} />}
      </main>
      {call && (
        <aside class="right">
          <WaitingGuests desk={desk} />
          <CallPanel desk={desk} call={call} />
        </aside>
      )}
      <KeysDialog />
      <LiveRegion />
    </div>
  );
}

function Header({ desk }: { desk: Desk }) {
  return (
    <header class="head">
      <strong class="organisation">{desk.me.organisation || PRODUCT}</strong>
      <nav class="row" aria-label={HEADER.label}>
        <span class="quiet name">{desk.me.name}</span>
        {desk.may('manage_people') && (
          <a class="button plain" href="/admin">
            {HEADER.people}
          </a>
        )}
        <button
          type="button"
          class="button plain keys-button"
          aria-keyshortcuts="?"
          onClick={() => {
            isShowingKeys.value = true;
          }}
        >
          <Icon name="keyboard" /> {HEADER.keys}
        </button>
        <button type="button" class="button plain" onClick={() => desk.signOut()}>
          {HEADER.signOut}
        </button>
      </nav>
    </header>
  );
}

function Home({ desk }: { desk: Desk }) {
  const endedWith = desk.endedWith.value;
  return (
    <div class="home stack">
      <WaitingGuests desk={desk} />
      <ServerAway state={desk.signalling.state.value} />
      <Trouble desk={desk} />
      <h1>{endedWith === null ? HOME.title : HOME.ended(endedWith)}</h1>
      {desk.may('invite') && <p class="quiet">{HOME.text}</p>}
      <Invites desk={desk} />
    </div>
  );
}

function Stopped({ reason }: { reason: keyof typeof STOPPED }) {
  const { title, text, action } = STOPPED[reason];
  return (
    <main class="gate">
      <div class="card stack">
        <h1>{title}</h1>
        {text && <p>{text}</p>}
        <button type="button" class="button main" onClick={() => location.reload()}>
          {action}
        </button>
      </div>
    </main>
  );
}

const app = document.getElementById('app');
if (app) render(<Gate>{(me) => <Console me={me} />}</Gate>, app);
