import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Me, type Refused } from '../../signalling';
import { RefusalNote, refusalOf } from './refusal';
import { NEW_PASSWORD, PRODUCT, SIGN_IN } from './words';

export function SignIn({ onDone }: { onDone: (me: Me) => void }) {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const waitS = useCountdown(refused);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy || waitS > 0) return;
    setBusy(true);
    setRefused(await refusalOf(api.signIn({ login: login.trim(), password }).then(onDone)));
    setBusy(false);
  };
  return (
    <main class="gate">
      <form class="card stack" onSubmit={submit}>
        <p class="quiet">{PRODUCT}</p>
        <h1>{SIGN_IN.title}</h1>
        <div class="field">
          <label for="login">{SIGN_IN.login}</label>
          <input
            id="login"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            value={login}
            onInput={(event) => setLogin(event.currentTarget.value)}
          />
        </div>
        <PasswordField
          id="password"
          label={SIGN_IN.password}
          autocomplete="current-password"
          value={password}
          onInput={setPassword}
        />
        {refused && <RefusalNote refusal={refused.refusal} />}
        {waitS > 0 && <p>{SIGN_IN.wait(waitS)}</p>}
        <button type="submit" class="button main" disabled={isBusy || waitS > 0}>
          {isBusy ? SIGN_IN.busy : SIGN_IN.action}
        </button>
        <p class="quiet small">{SIGN_IN.guest}</p>
      </form>
    </main>
  );
}

export function NewPassword({ onDone }: { onDone: () => void }) {
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const request = api.changePassword({ old_password: old, new_password: fresh });
    setRefused(await refusalOf(request.then(onDone)));
  };
  return (
    <main class="gate">
      <form class="card stack" onSubmit={submit}>
        <h1>{NEW_PASSWORD.title}</h1>
        <p>{NEW_PASSWORD.text}</p>
        <PasswordField
          id="old"
          label={NEW_PASSWORD.old}
          autocomplete="current-password"
          value={old}
          onInput={setOld}
        />
        <PasswordField
          id="new"
          label={NEW_PASSWORD.new}
          hint={NEW_PASSWORD.hint}
          autocomplete="new-password"
          value={fresh}
          onInput={setFresh}
        />
        {refused && <RefusalNote refusal={refused.refusal} />}
        <button type="submit" class="button main">
          {NEW_PASSWORD.action}
        </button>
      </form>
    </main>
  );
}

type PasswordProps = {
  id: string;
  label: string;
  hint?: string;
  autocomplete: 'current-password' | 'new-password';
  value: string;
  onInput: (value: string) => void;
};

function PasswordField({ id, label, hint, autocomplete, value, onInput }: PasswordProps) {
  const [isShown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="password">
        <input
          id={id}
          ref={input}
          type={(isShown ? 'text' : 'password') as 'password'} // the types know no input that changes its kind
          autocomplete={autocomplete}
          required
          aria-describedby={hint ? `${id}-hint` : undefined}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        <button
          type="button"
          class="button"
          aria-label={isShown ? SIGN_IN.hideLong : SIGN_IN.showLong}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? SIGN_IN.hide : SIGN_IN.show}
        </button>
      </div>
      {hint && (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
    </div>
  );
}

/** Seconds left of the server's Retry-After. */
function useCountdown(refused: Refused | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    setLeft(refused?.retryAfterS ?? 0);
    const timer = setInterval(() => setLeft((seconds) => Math.max(0, seconds - 1)), 1000);
    return () => clearInterval(timer);
  }, [refused]);
  return left;
}
