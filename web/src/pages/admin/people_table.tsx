import { useRef } from 'preact/hooks';
import type { Me, PersonForAdmin } from '../../signalling';
import { date } from '../parts/moments';
import { ROLE } from '../parts/words';
import { ADMIN } from './words';

type Props = { people: PersonForAdmin[]; me: Me; onLockOut: (id: string) => void };

export function PeopleTable({ people, me, onLockOut }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: where it scrolls sideways, keys must be able to scroll it
    <div class="scroll" role="region" aria-label={ADMIN.title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {[ADMIN.name, ADMIN.login, ADMIN.role, ADMIN.added, ADMIN.state].map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
            <th scope="col">
              <span class="unseen">{ADMIN.action}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <Row key={person.id} person={person} isMe={person.id === me.id} onLockOut={onLockOut} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = { person: PersonForAdmin; isMe: boolean; onLockOut: (id: string) => void };

function Row({ person, isMe, onLockOut }: RowProps) {
  return (
    <tr data-person-id={person.id}>
      <th scope="row">
        {person.name} {isMe && <span class="quiet">{ADMIN.you}</span>}
      </th>
      <td>
        <code>{person.login}</code>
      </td>
      <td>{ROLE[person.role]}</td>
      <td>{date(person.created_at)}</td>
      <td>{person.is_locked_out ? ADMIN.lockedOut : ADMIN.active}</td>
      <td>{!isMe && !person.is_locked_out && <LockOut person={person} onLockOut={onLockOut} />}</td>
    </tr>
  );
}

/** Asks first: it cannot be undone from here. */
function LockOut({ person, onLockOut }: Omit<RowProps, 'isMe'>) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = () => dialog.current?.close();
  const confirm = () => {
    close();
    onLockOut(person.id);
  };
  return (
    <>
      <button
        type="button"
        class="button plain"
        aria-label={ADMIN.lockOutLong(person.name)}
        onClick={() => dialog.current?.showModal()}
      >
        {ADMIN.lockOut}
      </button>
      <dialog ref={dialog} class="card ask" aria-label={ADMIN.lockOutLong(person.name)}>
        <div class="stack">
          <p>{ADMIN.lockOutAsk(person.name)}</p>
          <div class="row">
            <button type="button" class="button bad" onClick={confirm}>
              {ADMIN.lockOut}
            </button>
            <button type="button" class="button" onClick={close}>
              {ADMIN.cancel}
            </button>
          </div>
        </div>
      </dialog>
    </>
  );
}
