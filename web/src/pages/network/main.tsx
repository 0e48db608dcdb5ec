import '../../tokens.css';
import '../../base.css';
import '../parts/parts.css';
import '../parts/desk.css';
import './network.css';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Network, network, type Refusal, Refused } from '../../signalling';
import { Gate } from '../parts/gate';
import { LiveRegion } from '../parts/notices';
import { RefusalNote } from '../parts/refusal';
import { useAnswer } from './asking';
import { type Choice, choiceIn, queryOf } from './choice';
import { Documents } from './documents';
import { Changes, Drawing, Requirements } from './requirements';
import { Rules } from './rules';
import { SiteForm } from './site_form';
import { NETWORK } from './words';

type State =
  | { is: 'asking' }
  | { is: 'closed' }
  | { is: 'away'; refusal: Refusal }
  | { is: 'open'; all: Network };

/** Where the administrator allows it, the page needs no account; else signing in comes first. */
function Entrance() {
  const [state, setState] = useState<State>({ is: 'asking' });
  useEffect(() => void offered().then(setState), []);
  switch (state.is) {
    case 'asking':
      return <p class="gate quiet">{NETWORK.loading}</p>;
    case 'closed':
      return <Gate>{() => <Offered />}</Gate>;
    case 'away':
      return (
        <main class="gate">
          <RefusalNote refusal={state.refusal} />
        </main>
      );
    case 'open':
      return <Page all={state.all} />;
  }
}

/** After signing in. */
function Offered() {
  const [state, setState] = useState<State>({ is: 'asking' });
  useEffect(() => void offered().then(setState), []);
  if (state.is === 'open') return <Page all={state.all} />;
  const refusal = state.is === 'away' ? state.refusal : null;
  return <main class="gate">{refusal ? <RefusalNote refusal={refusal} /> : NETWORK.loading}</main>;
}

async function offered(): Promise<State> {
  try {
    return { is: 'open', all: await network.list() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.status === 401 ? { is: 'closed' } : { is: 'away', refusal: error.refusal };
  }
}

function Page({ all }: { all: Network }) {
  const [choice, setChoice] = useState<Choice>(() => withService(choiceIn(location.search), all));
  useEffect(() => history.replaceState(null, '', location.pathname + queryOf(choice)), [choice]);
  const change = (part: Partial<Choice>) => setChoice((before) => ({ ...before, ...part }));
  const { target: _, ...asked } = choice;
  const view = useAnswer(JSON.stringify(asked), () => network.view(asked));
  const seen = view.value;
  return (
    <>
      <header class="head">
        <strong>Sightline</strong>
        <a class="button plain" href="/">
          {all.services.length > 1 ? NETWORK.back : NETWORK.signIn}
        </a>
      </header>
      <main class="network stack">
        <h1>{NETWORK.title}</h1>
        <p class="quiet">{NETWORK.lead}</p>
        {all.services.length > 1 && <Services all={all} chosen={choice.service} onChoose={change} />}
        {seen && <SiteForm view={seen} choice={choice} onChange={change} />}
        {view.refusal && <RefusalNote refusal={view.refusal} />}
        {seen ? (
          <>
            <Drawing view={seen} />
            <Requirements view={seen} />
            <Rules targets={all.targets} choice={choice} onChange={change} />
            <Documents choice={choice} />
            <Changes view={seen} />
          </>
        ) : (
          !view.refusal && <p class="quiet">{NETWORK.loading}</p>
        )}
      </main>
      <LiveRegion />
    </>
  );
}

/** A link may name a service that is not offered here. */
function withService(choice: Choice, all: Network): Choice {
  const isOffered = all.services.some((one) => one.id === choice.service);
  return isOffered ? choice : { ...choice, service: all.services[0]?.id ?? '' };
}

type ServicesProps = { all: Network; chosen: string; onChoose: (part: Partial<Choice>) => void };

function Services({ all, chosen, onChoose }: ServicesProps) {
  return (
    <nav aria-label={NETWORK.service}>
      <ul class="services">
        {all.services.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              class="button service"
              aria-current={one.id === chosen ? 'true' : undefined}
              onClick={() => onChoose({ service: one.id, variables: {}, platform: null, region: null })}
            >
              <strong>{one.title}</strong>
              <span class="quiet">
                {one.is_own ? NETWORK.own : NETWORK.requirements(one.requirements)}
                {one.errors > 0 && `, ${NETWORK.doubts(one.errors)}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const app = document.getElementById('app');
if (app) render(<Entrance />, app);
