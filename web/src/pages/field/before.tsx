/** The screens before the call: one question at a time. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { InviteForGuest, Refusal } from '../../signalling';
import { Icon, type IconName } from '../parts/icons';
import { PresenceMark } from '../parts/presence';
import { RefusalNote } from '../parts/refusal';
import type { Visit } from './visit';
import * as words from './words';

const NAME_KEY = 'sightline.name';
const SIGNS: IconName[] = ['check', 'camera', 'lock'];

/** A heading that takes the focus, so that a reader hears where the tap has led. */
export function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

export function Looking() {
  return (
    <main class="page" aria-busy="true">
      <p class="quiet">{words.LOOKING}</p>
    </main>
  );
}

export function Invited({ visit, token, invite }: { visit: Visit; token: string; invite: InviteForGuest }) {
  return (
    <main class="page">
      <header class="stack">
        <p class="quiet">{invite.organisation}</p>
        <Heading>{words.invites(invite.host_name)}</Heading>
        <PresenceMark presence={invite.host_presence} word={words.HOST_IS[invite.host_presence]} />
      </header>
      <ul class="points">
        {words.WHAT_HAPPENS.map((point, index) => (
          <li key={point}>
            <Icon name={SIGNS[index] ?? 'check'} />
            {point}
          </li>
        ))}
      </ul>
      <NameForm visit={visit} token={token} host={invite.host_name} />
    </main>
  );
}

function NameForm({ visit, token, host }: { visit: Visit; token: string; host: string }) {
  const [name, setName] = useState(() => localStorage.getItem(NAME_KEY) ?? '');
  const [isAsking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (name.trim() === '') {
      setRefusal({ code: 'name_missing', text: words.NAME_MISSING });
      field.current?.focus();
      return;
    }
    localStorage.setItem(NAME_KEY, name.trim());
    setAsking(true);
    setRefusal(await visit.enter(token, host, name.trim()));
    setAsking(false);
  };
  return (
    <form class="stack foot" onSubmit={submit} noValidate>
      <div class="field">
        <label for="name">{words.YOUR_NAME}</label>
        <input
          id="name"
          ref={field}
          autocomplete="name"
          maxLength={80}
          required
          aria-describedby="name-hint"
          aria-invalid={refusal?.code === 'name_missing'}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <span id="name-hint" class="hint">
          {words.NAME_HINT(host)}
        </span>
      </div>
      {refusal && <RefusalNote refusal={refusal} />}
      <button type="submit" class="button main" disabled={isAsking}>
        {isAsking ? words.ASKING : words.ASK_TO_JOIN}
      </button>
    </form>
  );
}

export function Unavailable({ refusal, host }: { refusal: Refusal; host: string | null }) {
  const isAboutInvite = refusal.code.startsWith('invite_');
  const text = words.INVITE_TEXT[refusal.code];
  return (
    <Message
      title={words.INVITE_TITLE[refusal.code] ?? words.OTHER_TROUBLE}
      lines={
        isAboutInvite ? [text ?? refusal.text, words.askForNewLink(host)] : [refusal.text, refusal.hint ?? '']
      }
      action={isAboutInvite ? undefined : { word: words.TRY_AGAIN, do: () => location.reload() }}
    />
  );
}

type Action = { word: string; do: () => void };

export function Message({ title, lines, action }: { title: string; lines: string[]; action?: Action }) {
  return (
    <main class="page">
      <div class="stack">
        <Heading>{title}</Heading>
        {lines.filter(Boolean).map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
      {action && (
        <div class="stack foot">
          <button type="button" class="button main" onClick={action.do}>
            {action.word}
          </button>
        </div>
      )}
    </main>
  );
}
