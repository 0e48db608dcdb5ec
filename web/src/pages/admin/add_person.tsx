import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Refusal, type Role } from '../../signalling';
import { CopyButton } from '../parts/copy_button';
import { RefusalNote, refusalOf } from '../parts/refusal';
import { ROLE } from '../parts/words';
import type { WithPassword } from './main';
import { ADD, ADDED, ADMIN } from './words';

/** Guests come by invite, never by account. */
const ROLES: Role[] = ['expert', 'worker', 'dispatcher', 'admin'];

export function AddPerson({ onAdded }: { onAdded: (added: WithPassword) => void }) {
  const [name, setName] = useState('');
  const [login, setLogin] = useState('');
  const [role, setRole] = useState<Role>('expert');
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const asked = { name: name.trim(), login: login.trim(), role };
    const request = api
      .createPerson(asked)
      .then(({ password }) => onAdded({ name: asked.name, login: asked.login, password, isNew: true }));
    setRefusal((await refusalOf(request))?.refusal ?? null);
    setBusy(false);
  };
  return (
    <form class="card stack add" aria-labelledby="add" onSubmit={submit}>
      <h2 id="add">{ADD.title}</h2>
      <Field id="name" label={ADMIN.name} hint={ADD.nameHint} value={name} onInput={setName} />
      <Field id="login" label={ADMIN.login} hint={ADD.loginHint} value={login} onInput={setLogin} />
      <div class="field">
        <label for="role">{ADMIN.role}</label>
        <select id="role" value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
          {ROLES.map((one) => (
            <option key={one} value={one}>
              {ROLE[one]}
            </option>
          ))}
        </select>
      </div>
      {refusal && <RefusalNote refusal={refusal} />}
      <div>
        <button type="submit" class="button main" disabled={isBusy}>
          {isBusy ? ADD.busy : ADD.action}
        </button>
      </div>
    </form>
  );
}

type FieldProps = {
  id: string;
  label: string;
  hint: string;
  value: string;
  onInput: (value: string) => void;
};

function Field({ id, label, hint, value, onInput }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        required
        maxLength={80}
        autocomplete="off"
        autocapitalize={id === 'login' ? 'none' : 'words'}
        spellcheck={false}
        aria-describedby={`${id}-hint`}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <span id={`${id}-hint`} class="hint">
        {hint}
      </span>
    </div>
  );
}

export function FirstPassword({ added, onDone }: { added: WithPassword; onDone: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="card stack add" aria-labelledby="added">
      <h2 id="added" ref={heading} tabIndex={-1}>
        {added.isNew ? ADDED.title(added.name) : ADDED.titleAnew(added.name)}
      </h2>
      <p>{ADDED.text}</p>
      <dl>
        <dt>{ADDED.login}</dt>
        <dd>
          <code>{added.login}</code>
        </dd>
        <dt>{ADDED.password}</dt>
        <dd>
          <code data-testid="first-password">{added.password}</code>
        </dd>
      </dl>
      <div class="row">
        <CopyButton text={added.password} word={ADDED.copy} />
        <button type="button" class="button plain" onClick={onDone}>
          {ADDED.done}
        </button>
      </div>
    </section>
  );
}
