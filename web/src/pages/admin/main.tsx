import '../../tokens.css';
import '../../base.css';
import '../parts/parts.css';
import '../parts/desk.css';
import './admin.css';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api, type Me, type PersonForAdmin, type Refusal } from '../../signalling';
import { Gate } from '../parts/gate';
import { LiveRegion } from '../parts/notices';
import { RefusalNote, refusalOf } from '../parts/refusal';
import { AddPerson, FirstPassword } from './add_person';
import { PeopleTable } from './people_table';
import { ADMIN } from './words';

/** Somebody whose first password is shown. */
export type WithPassword = { name: string; login: string; password: string; isNew: boolean };

function Admin({ me }: { me: Me }) {
  const isAllowed = me.permissions.includes('manage_people');
  return (
    <>
      <header class="head">
        <strong>{me.organisation}</strong>
        <a class="button plain" href="/">
          {ADMIN.back}
        </a>
      </header>
      <main class="admin stack">
        {isAllowed ? (
          <Manage me={me} />
        ) : (
          <>
            <h1>{ADMIN.notForYou}</h1>
            <p>{ADMIN.notForYouText}</p>
          </>
        )}
      </main>
      <LiveRegion />
    </>
  );
}

function Manage({ me }: { me: Me }) {
  const [people, setPeople] = useState<PersonForAdmin[] | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [added, setAdded] = useState<WithPassword | null>(null);
  const load = async () => setRefusal((await refusalOf(api.people().then(setPeople)))?.refusal ?? null);
  const change = async (request: Promise<unknown>) => {
    setRefusal((await refusalOf(request))?.refusal ?? null);
    await api.people().then(setPeople, () => null);
  };
  const lockOut = ({ id }: PersonForAdmin) => void change(api.lockOutPerson(id));
  const letIn = ({ id }: PersonForAdmin) => void change(api.unlockPerson(id));
  const giveNewPassword = ({ id, name, login }: PersonForAdmin) =>
    void change(
      api.newPassword(id).then(({ password }) => setAdded({ name, login, password, isNew: false })),
    );
  const handleAdded = (fresh: WithPassword) => {
    setAdded(fresh);
    void load();
  };
  useEffect(() => void load(), []);
  return (
    <>
      <h1>{ADMIN.title}</h1>
      {refusal && <RefusalNote refusal={refusal} />}
      {people === null && !refusal && <p class="quiet">{ADMIN.loading}</p>}
      {people && <PeopleTable people={people} me={me} deeds={{ lockOut, letIn, giveNewPassword }} />}
      {added ? (
        <FirstPassword key={added.password} added={added} onDone={() => setAdded(null)} />
      ) : (
        <AddPerson onAdded={handleAdded} />
      )}
    </>
  );
}

const app = document.getElementById('app');
if (app) render(<Gate>{(me) => <Admin me={me} />}</Gate>, app);
