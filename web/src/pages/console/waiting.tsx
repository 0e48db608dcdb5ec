/** Whoever waits to be let in: a card in the flow of the page, so that it covers nothing. */
import { useState } from 'preact/hooks';
import type { Desk, Guest } from './desk';
import { namesIn } from './desk';
import { WAITING } from './words';

export function WaitingGuests({ desk }: { desk: Desk }) {
  const waiting = desk.waiting.value;
  if (waiting.length === 0) return null;
  return (
    <section class="waiting" aria-label={WAITING.region}>
      {waiting.map((guest) => (
        <WaitingCard key={guest.participant.id} desk={desk} guest={guest} />
      ))}
    </section>
  );
}

function WaitingCard({ desk, guest }: { desk: Desk; guest: Guest }) {
  const [isLettingIn, setLettingIn] = useState(false);
  const current = desk.call.value;
  const letIn = async () => {
    setLettingIn(true);
    await desk.letIn(guest);
    setLettingIn(false);
  };
  return (
    <article
      class="card stack waiting-card"
      data-testid="waiting-guest"
      data-participant-id={guest.participant.id}
    >
      <h2>{WAITING.title(guest.participant.name)}</h2>
      {!guest.participant.is_connected && <p class="quiet">{WAITING.away}</p>}
      {current && <p>{WAITING.joins(namesIn(current))}</p>}
      {!current && (
        <label class="choice">
          <input
            type="checkbox"
            checked={desk.showsCamera.value}
            onChange={(event) => desk.chooseCamera(event.currentTarget.checked)}
          />
          {WAITING.withCamera}
        </label>
      )}
      <div class="row">
        <button type="button" class="button main let-in" disabled={isLettingIn} onClick={letIn}>
          {isLettingIn ? WAITING.lettingIn : WAITING.letIn}
        </button>
        <button type="button" class="button" onClick={() => desk.sendAway(guest)}>
          {WAITING.sendAway}
        </button>
      </div>
    </article>
  );
}
