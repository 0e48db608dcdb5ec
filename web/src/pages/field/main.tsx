import '../../tokens.css';
import '../../base.css';
import '../parts/parts.css';
import '../parts/chat.css';
import '../parts/drawing.css';
import './field.css';
import { render } from 'preact';
import { LiveRegion } from '../parts/notices';
import { Invited, Looking, Message, Unavailable } from './before';
import { InCall } from './in_call';
import { DeviceTrouble, Permission } from './permission';
import { Visit } from './visit';
import { Waiting } from './waiting';
import * as words from './words';

function Field({ visit }: { visit: Visit }) {
  return (
    <div class="field-page" data-step={visit.step.value.at} data-call-phase={visit.phase.value}>
      <Screen visit={visit} />
      <LiveRegion />
    </div>
  );
}

function Screen({ visit }: { visit: Visit }) {
  const step = visit.step.value;
  const stopped = visit.signalling.state.value;
  const host = visit.seat.value?.host_name ?? '';
  const phase = visit.phase.value;
  if (phase === 'ended' || phase === 'left' || phase === 'refused') {
    const { title, text } = words.OVER[phase];
    return <Message key={phase} title={title} lines={[text, words.OVER.again(host)]} />;
  }
  if (stopped.is === 'stopped' && stopped.reason === 'replaced') {
    const { title, text, action } = words.REPLACED;
    return <Message title={title} lines={[text]} action={{ word: action, do: () => location.reload() }} />;
  }
  if (stopped.is === 'stopped') {
    const { title, text } = words.SIGNED_OUT;
    return <Message title={title} lines={[text, words.askForNewLink(host || null)]} />;
  }
  switch (step.at) {
    case 'looking':
      return <Looking />;
    case 'no_link':
      return <Message title={words.NO_LINK.title} lines={[words.NO_LINK.text]} />;
    case 'unavailable':
      return <Unavailable refusal={step.refusal} host={step.host} />;
    case 'invite':
      return <Invited visit={visit} token={step.token} invite={step.invite} />;
    case 'permission':
      return <Permission visit={visit} />;
    case 'problem':
      return <DeviceTrouble visit={visit} problem={step.problem} />;
    case 'call':
      return phase === 'in_call' ? <InCall visit={visit} /> : <Waiting visit={visit} />;
  }
}

const visit = new Visit();
const app = document.getElementById('app');
if (app) render(<Field visit={visit} />, app);
void visit.begin();
