/** In front of the console and the administration: who is there? */
import { useEffect, useState } from 'preact/hooks';
import { api, type Me, type Refusal, Refused } from '../../signalling';
import { RefusalNote } from './refusal';
import { NewPassword, SignIn } from './sign_in';
import { GATE } from './words';

type State = { is: 'asking' } | { is: 'nobody' } | { is: 'away'; refusal: Refusal } | { is: 'known'; me: Me };

/** Shows `children` to whoever is signed in with a password of their own; the way there to everybody else. */
export function Gate({ children }: { children: (me: Me) => preact.ComponentChild }) {
  const [state, setState] = useState<State>({ is: 'asking' });
  const ask = () => whoIsThere().then(setState);
  useEffect(() => void ask(), []);
  switch (state.is) {
    case 'asking':
      return <p class="gate quiet">{GATE.loading}</p>;
    case 'nobody':
      return <SignIn onDone={(me) => setState({ is: 'known', me })} />;
    case 'away':
      return (
        <main class="gate stack">
          <RefusalNote refusal={state.refusal} />
          <button type="button" class="button main" onClick={ask}>
            {GATE.again}
          </button>
        </main>
      );
    case 'known':
      return state.me.must_change_password ? <NewPassword onDone={ask} /> : children(state.me);
  }
}

async function whoIsThere(): Promise<State> {
  try {
    return { is: 'known', me: await api.me() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.status === 401 ? { is: 'nobody' } : { is: 'away', refusal: error.refusal };
  }
}
