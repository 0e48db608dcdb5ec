import { useEffect, useState } from 'preact/hooks';
import { type NetworkFile, type NetworkLoss, type NetworkTarget, network } from '../../signalling';
import { CopyButton } from '../parts/copy_button';
import { RefusalNote } from '../parts/refusal';
import { useAnswer } from './asking';
import type { Choice } from './choice';
import { offer } from './download';
import { Select } from './site_form';
import { NETWORK, RULES } from './words';

type Props = { targets: NetworkTarget[]; choice: Choice; onChange: (part: Partial<Choice>) => void };

/** The rules in the chosen firewall's language, and where they differ from the requirements. */
export function Rules({ targets, choice, onChange }: Props) {
  const [widen, setWiden] = useState<string[]>([]);
  // What was allowed for one firewall was not allowed for another.
  useEffect(() => setWiden([]), [choice.service, choice.target]);
  const asked = { ...choice, widen };
  const made = useAnswer(JSON.stringify(asked), choice.target ? () => network.rules(asked) : null);
  const target = targets.find((one) => one.name === choice.target);
  return (
    <section class="stack" aria-labelledby="rules">
      <h2 id="rules">{RULES.title}</h2>
      <div class="site">
        <Select
          id="target"
          label={RULES.target}
          value={choice.target}
          options={[['', RULES.choose], ...targets.map((one): [string, string] => [one.name, one.title])]}
          onChange={(value) => onChange({ target: value })}
        />
      </div>
      {target?.note && <p class="quiet">{target.note}</p>}
      {target && <Widening chosen={widen} onChange={setWiden} />}
      {made.refusal && <RefusalNote refusal={made.refusal} />}
      {target && made.isAsking && <p class="quiet">{NETWORK.loading}</p>}
      {/* Not while asking: what stands here would be another firewall's. */}
      {target && !made.isAsking && !made.refusal && made.value && (
        <>
          {made.value.files.length === 0 && <p>{RULES.nothing}</p>}
          {made.value.files.map((file) => (
            <RuleFile key={file.name} file={file} />
          ))}
          {made.value.losses.length > 0 && <Losses losses={made.value.losses} />}
        </>
      )}
    </section>
  );
}

function Widening({ chosen, onChange }: { chosen: string[]; onChange: (widen: string[]) => void }) {
  return (
    <details>
      <summary>{RULES.widen}</summary>
      {Object.entries(RULES.widenWord).map(([name, word]) => (
        <label key={name} class="choice">
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={() =>
              onChange(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name])
            }
          />
          {word}
        </label>
      ))}
    </details>
  );
}

function RuleFile({ file }: { file: NetworkFile }) {
  return (
    <article class="rule-file" aria-label={file.name}>
      <header>
        <div>
          <code>{file.name}</code>
          <span class="quiet under">{file.purpose}</span>
        </div>
        <div class="row">
          <CopyButton text={file.text} word={RULES.copy} />
          <button type="button" class="button" onClick={() => offer(new Blob([file.text]), file.name)}>
            {RULES.download}
          </button>
        </div>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: where it scrolls, keys must be able to scroll it */}
      <pre tabIndex={0}>
        <code>{file.text}</code>
      </pre>
    </article>
  );
}

function Losses({ losses }: { losses: NetworkLoss[] }) {
  return (
    <>
      <h3 id="losses">{RULES.losses}</h3>
      <p class="quiet">{RULES.lossesText}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: where it scrolls sideways, keys must be able to scroll it */}
      <div class="scroll" role="region" aria-labelledby="losses" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {[RULES.part, RULES.why, RULES.instead].map((word) => (
                <th key={word} scope="col">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {losses.map((one) => (
              <tr key={`${one.requirement} ${one.effect} ${one.what} ${one.why}`}>
                <th scope="row">
                  {one.what}
                  <span class="quiet under">
                    {RULES.effect[one.effect] ?? one.effect} · <code>{one.requirement}</code>
                  </span>
                </th>
                <td class="prose">{one.why}</td>
                <td class="prose">{one.instead}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
