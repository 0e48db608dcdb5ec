/** Who is there: presence as a shape and a word, search on top. */
import { useState } from 'preact/hooks';
import type { Person, Presence } from '../../signalling';
import { PresenceMark } from '../parts/presence';
import { ROLE } from '../parts/words';
import type { Desk } from './desk';
import { PEOPLE } from './words';

const ORDER: Presence[] = ['available', 'busy', 'offline'];

export function People({ desk }: { desk: Desk }) {
  const [text, setText] = useState('');
  const everybody = [...desk.signalling.known.value.people.values()].filter(({ id }) => id !== desk.me.id);
  const shown = inOrder(everybody.filter(({ name }) => matches(name, text)));
  return (
    <nav class="people" aria-label={PEOPLE.title}>
      <h2>{PEOPLE.title}</h2>
      <div class="field">
        <label class="unseen" for="search">
          {PEOPLE.search}
        </label>
        <input
          id="search"
          type="search"
          placeholder={PEOPLE.search}
          aria-keyshortcuts="/"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      {everybody.length === 0 && <p class="quiet">{PEOPLE.none}</p>}
      {everybody.length > 0 && shown.length === 0 && <p class="quiet">{PEOPLE.noMatch(text)}</p>}
      <ul class="people-list">
        {shown.map((person) => (
          <li key={person.id} data-person-id={person.id} data-presence={person.presence}>
            <span>
              <strong>{person.name}</strong>
              <span class="quiet small"> {ROLE[person.role]}</span>
            </span>
            <PresenceMark presence={person.presence} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function inOrder(people: Person[]): Person[] {
  return people.sort(
    (a, b) => ORDER.indexOf(a.presence) - ORDER.indexOf(b.presence) || a.name.localeCompare(b.name),
  );
}

function matches(name: string, text: string): boolean {
  return name.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase());
}
