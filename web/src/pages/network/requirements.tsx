import type { NetworkHost, NetworkRequirement, NetworkView } from '../../signalling';
import { Icon } from '../parts/icons';
import { CHANGES, DRAWING, NEED, TABLE } from './words';

export function Drawing({ view }: { view: NetworkView }) {
  return (
    <section class="stack" aria-labelledby="drawing">
      <h2 id="drawing">{DRAWING.title}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: where it scrolls sideways, keys must be able to scroll it */}
      <figure class="scroll" tabIndex={0} aria-labelledby="drawing">
        {/* our server draws it, and escapes what others wrote */}
        <div class="drawn" dangerouslySetInnerHTML={{ __html: view.drawing_svg }} />
      </figure>
    </section>
  );
}

export function Requirements({ view }: { view: NetworkView }) {
  const columns = [TABLE.requirement, TABLE.other, TABLE.ports, TABLE.opened, TABLE.symptom];
  return (
    <section class="stack" aria-labelledby="requirements">
      <h2 id="requirements">{TABLE.title}</h2>
      {view.requirements.length === 0 ? (
        <p>{TABLE.empty}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: where it scrolls sideways, keys must be able to scroll it
        <div class="scroll" role="group" aria-labelledby="requirements" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {columns.map((word) => (
                  <th key={word} scope="col">
                    {word}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {view.requirements.map((one) => (
                <Row key={one.id} one={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ one }: { one: NetworkRequirement }) {
  return (
    <tr data-requirement={one.id}>
      <th scope="row">
        {one.purpose}
        <span class="quiet under">
          {NEED[one.necessity] ?? one.necessity} · <code>{one.id}</code>
        </span>
        {one.any_of && <span class="quiet under">{TABLE.group(one.any_of, one.preference)}</span>}
        <details>
          <summary>{TABLE.source}</summary>
          {one.quotes.map((quote) => (
            <blockquote key={quote}>{quote}</blockquote>
          ))}
        </details>
      </th>
      <td>
        <ul class="plain-list">
          {one.hosts.map((host) => (
            <Host key={host.text} host={host} />
          ))}
        </ul>
      </td>
      <td class="ports">
        <ul class="plain-list">
          {one.ports.map((ports) => (
            <li key={ports}>{ports}</li>
          ))}
        </ul>
      </td>
      <td>{one.direction}</td>
      <td class="prose">{one.symptom}</td>
    </tr>
  );
}

function Host({ host }: { host: NetworkHost }) {
  if (host.is_usable) {
    return (
      <li>
        <code>{host.text}</code> {host.note && <span class="quiet">({host.note})</span>}
      </li>
    );
  }
  return (
    <li class="no-rule">
      <Icon name="warning" />
      <span>
        <strong>{TABLE.noRule}</strong> {host.note} <q>{host.text}</q>
      </span>
    </li>
  );
}

export function Changes({ view }: { view: NetworkView }) {
  if (view.changes.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="changes">
      <h2 id="changes">{CHANGES.title}</h2>
      <dl class="changes">
        {view.changes.map((one) => (
          <div key={`${one.version} ${one.text}`}>
            <dt>
              {one.version}{' '}
              <span class="quiet">{one.effective ? CHANGES.effective(one.effective) : CHANGES.notSaid}</span>
            </dt>
            <dd>{one.text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
