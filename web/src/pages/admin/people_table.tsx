import { useRef } from 'preact/hooks';
import type { Me, PersonForAdmin } from '../../signalling';
import { date } from '../parts/moments';
import { ROLE } from '../parts/words';
import { ADMIN } from './words';

type Deed = (person: PersonForAdmin) => void;
type Deeds = { lockOut: Deed; letIn: Deed; giveNewPassword: Deed };
type Props = { people: PersonForAdmin[]; me: Me; deeds: Deeds };

export function PeopleTable({ people, me, deeds }: Props) {
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
            <Row key={person.id} person={person} isMe={person.id === me.id} deeds={deeds} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = { person: PersonForAdmin; isMe: boolean; deeds: Deeds };

function Row({ person, isMe, deeds }: RowProps) {
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
      <td>{!isMe && <Actions person={person} deeds={deeds} />}</td>
    </tr>
  );
}

function Actions({ person, deeds }: Omit<RowProps, 'isMe'>) {
  const { name } = person;
  if (person.is_locked_out) {
    return (
      <Asked
        word={ADMIN.letIn}
        long={ADMIN.letInLong(name)}
        question={ADMIN.letInAsk(name)}
        onYes={() => deeds.letIn(person)}
      />
    );
  }
  return (
    <div class="actions">
      <Asked
        word={ADMIN.newPassword}
        long={ADMIN.newPasswordLong(name)}
        question={ADMIN.newPasswordAsk(name)}
        onYes={() => deeds.giveNewPassword(person)}
      />
      <Asked
        word={ADMIN.lockOut}
        long={ADMIN.lockOutLong(name)}
        question={ADMIN.lockOutAsk(name)}
        onYes={() => deeds.lockOut(person)}
        isBad
      />
    </div>
  );
}

type AskedProps = { word: string; long: string; question: string; onYes: () => void; isBad?: boolean };

/** Asks first: each of these reaches somebody else at once. */
function Asked({ word, long, question, onYes, isBad = false }: AskedProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = () => dialog.current?.close();
  const confirm = () => {
    close();
    onYes();
  };
  return (
    <>
      <button
        type="button"
        class="button plain"
        aria-label={long}
        onClick={() => dialog.current?.showModal()}
      >
        {word}
      </button>
      <dialog ref={dialog} class="card ask" aria-label={long}>
        <div class="stack">
          <p>{question}</p>
          <div class="row">
            <button type="button" class={`button ${isBad ? 'bad' : 'main'}`} onClick={confirm}>
              {word}
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
