/** Making an invite, showing its link once, and the list of mine. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type CreatedInvite, type Invite, type Refusal } from '../../signalling';
import { CopyButton } from '../parts/copy_button';
import { Icon } from '../parts/icons';
import { dateAndTime } from '../parts/moments';
import { RefusalNote, refusalOf } from '../parts/refusal';
import type { Desk } from './desk';
import { HOME, INVITE, INVITE_STATE } from './words';

type State = { is: 'closed' } | { is: 'asked' } | { is: 'made'; invite: CreatedInvite };

/** Not a modal dialog: the guest may scan the code and wait while it is open, and must be let in from here. */
export function Invites({ desk }: { desk: Desk }) {
  const [state, setState] = useState<State>({ is: 'closed' });
  if (!desk.may('invite')) return <p>{HOME.noInvites}</p>;
  const close = () => setState({ is: 'closed' });
  return (
    <div class="stack invites">
      {state.is === 'closed' && (
        <div>
          <button type="button" id="new-invite" class="button main" onClick={() => setState({ is: 'asked' })}>
            <Icon name="plus" /> {HOME.newInvite}
          </button>
        </div>
      )}
      {state.is === 'asked' && (
        <InviteForm desk={desk} onMade={(invite) => setState({ is: 'made', invite })} onCancel={close} />
      )}
      {state.is === 'made' && <Made invite={state.invite} onDone={close} />}
      <InviteList desk={desk} />
    </div>
  );
}

type FormProps = { desk: Desk; onMade: (invite: CreatedInvite) => void; onCancel: () => void };

function InviteForm({ desk, onMade, onCancel }: FormProps) {
  const [note, setNote] = useState('');
  const [expires, setExpires] = useState(24 * 3600);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const request = api.createInvite({ note: note.trim(), expires_in_s: expires }).then(onMade);
    setRefusal((await refusalOf(request))?.refusal ?? null);
    setBusy(false);
    void desk.loadInvites();
  };
  return (
    <form class="card stack invite" aria-label={INVITE.title} onSubmit={submit}>
      <h2>{INVITE.title}</h2>
      <div class="field">
        <label for="note">{INVITE.note}</label>
        <input
          id="note"
          ref={first}
          maxLength={200}
          autocomplete="off"
          aria-describedby="note-hint"
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
        <span id="note-hint" class="hint">
          {INVITE.noteHint}
        </span>
      </div>
      <div class="field">
        <label for="expires">{INVITE.expires}</label>
        <select
          id="expires"
          value={expires}
          onChange={(event) => setExpires(Number(event.currentTarget.value))}
        >
          {INVITE.durations.map(({ seconds, word }) => (
            <option key={seconds} value={seconds}>
              {word}
            </option>
          ))}
        </select>
      </div>
      {refusal && <RefusalNote refusal={refusal} />}
      <div class="row">
        <button type="submit" class="button main" disabled={isBusy}>
          {isBusy ? INVITE.creating : INVITE.create}
        </button>
        <button type="button" class="button plain" onClick={onCancel}>
          {INVITE.cancel}
        </button>
      </div>
    </form>
  );
}

function Made({ invite, onDone }: { invite: CreatedInvite; onDone: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const qr = `data:image/svg+xml,${encodeURIComponent(invite.qr_svg)}`;
  return (
    <section class="card stack invite made" aria-labelledby="made">
      <h2 id="made" ref={heading} tabIndex={-1}>
        {INVITE.ready}
      </h2>
      <p class="quiet">{INVITE.once}</p>
      <figure class="qr">
        <img src={qr} alt={INVITE.qr} />
        <figcaption class="quiet small">{INVITE.qr}</figcaption>
      </figure>
      <div class="field">
        <label for="link">{INVITE.link}</label>
        <input
          id="link"
          readOnly
          data-testid="invite-link"
          value={invite.link}
          onFocus={(event) => event.currentTarget.select()}
        />
        <span class="hint">{INVITE.until(dateAndTime(invite.expires_at))}</span>
      </div>
      <div class="row">
        <CopyButton text={invite.link} word={INVITE.copy} />
        {'share' in navigator && (
          <button type="button" class="button" onClick={() => share(invite.link)}>
            <Icon name="share" /> {INVITE.share}
          </button>
        )}
        <button type="button" class="button plain" onClick={onDone}>
          {INVITE.done}
        </button>
      </div>
    </section>
  );
}

function share(link: string): void {
  navigator.share({ text: INVITE.shareText, url: link }).catch(() => undefined); // closing the sheet rejects
}

function InviteList({ desk }: { desk: Desk }) {
  const invites = desk.invites.value;
  if (invites === null) return null;
  return (
    <section class="stack" aria-labelledby="my-invites">
      <h2 id="my-invites">{INVITE.listTitle}</h2>
      {invites.length === 0 && <p class="quiet">{INVITE.listEmpty}</p>}
      <ul class="invite-list">
        {invites.map((invite) => (
          <InviteLine key={invite.id} desk={desk} invite={invite} />
        ))}
      </ul>
    </section>
  );
}

function InviteLine({ desk, invite }: { desk: Desk; invite: Invite }) {
  const note = invite.note || INVITE.noNote;
  const revoke = async () => {
    await refusalOf(api.revokeInvite(invite.id));
    await desk.loadInvites();
  };
  return (
    <li data-invite-state={invite.state}>
      <span class="what">
        <strong>{note}</strong>
        <span class="quiet small">
          {invite.state === 'open'
            ? INVITE.until(dateAndTime(invite.expires_at))
            : dateAndTime(invite.created_at)}
        </span>
      </span>
      <span class={`state ${invite.state}`}>
        {invite.guest_name ? INVITE.usedBy(invite.guest_name) : INVITE_STATE[invite.state]}
      </span>
      {invite.state === 'open' && (
        <button type="button" class="button plain" aria-label={INVITE.revokeLong(note)} onClick={revoke}>
          {INVITE.revoke}
        </button>
      )}
    </li>
  );
}
