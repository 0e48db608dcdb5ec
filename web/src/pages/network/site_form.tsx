import type { NetworkVariable, NetworkView } from '../../signalling';
import { type Choice, listed } from './choice';
import { NEED, PLATFORM, SITE } from './words';

type Props = { view: NetworkView; choice: Choice; onChange: (part: Partial<Choice>) => void };

/** What is true at the customer's site. Only what makes a difference for this service is asked. */
export function SiteForm({ view, choice, onChange }: Props) {
  return (
    <section class="card stack" aria-labelledby="site">
      <h2 id="site">{SITE.title}</h2>
      <div class="site">
        {view.variables.map((one) => (
          <Variable
            key={one.name}
            variable={one}
            value={choice.variables[one.name] ?? ''}
            onInput={(value) => onChange({ variables: { ...choice.variables, [one.name]: value } })}
          />
        ))}
        {view.platforms.length > 0 && (
          <Select
            id="platform"
            label={SITE.platform}
            value={choice.platform ?? ''}
            options={[['', SITE.anyPlatform], ...named(view.platforms, PLATFORM)]}
            onChange={(value) => onChange({ platform: value || null })}
          />
        )}
        {view.regions.length > 0 && (
          <Select
            id="region"
            label={SITE.region}
            value={choice.region ?? ''}
            options={[['', SITE.anyRegion], ...named(view.regions, {})]}
            onChange={(value) => onChange({ region: value || null })}
          />
        )}
        <Networks
          id="clients"
          label={SITE.clients}
          hint={SITE.clientsHint}
          value={choice.clients}
          onInput={(clients) => onChange({ clients })}
        />
        <Networks
          id="peers"
          label={SITE.peers}
          hint={SITE.peersHint}
          value={choice.peers}
          onInput={(peers) => onChange({ peers })}
        />
        <fieldset class="needs">
          <legend>{SITE.need}</legend>
          {Object.entries(NEED).map(([need, word]) => (
            <label key={need} class="choice">
              <input
                type="checkbox"
                checked={choice.necessities.length === 0 || choice.necessities.includes(need)}
                onChange={() => onChange({ necessities: toggled(choice.necessities, need) })}
              />
              {word}
            </label>
          ))}
        </fieldset>
      </div>
    </section>
  );
}

/** None chosen means all, as an empty table helps nobody. */
function toggled(chosen: string[], need: string): string[] {
  const before = chosen.length ? chosen : Object.keys(NEED);
  const after = before.includes(need) ? before.filter((one) => one !== need) : [...before, need];
  return after.length === Object.keys(NEED).length ? [] : after;
}

function named(values: string[], words: Record<string, string>): [string, string][] {
  return values.map((value) => [value, words[value] ?? value]);
}

type VariableProps = { variable: NetworkVariable; value: string; onInput: (value: string) => void };

function Variable({ variable, value, onInput }: VariableProps) {
  const hint = variable.where || (variable.example && SITE.example(variable.example));
  const id = `set-${variable.name}`;
  if (variable.allowed.length) {
    const options: [string, string][] = [['', '–'], ...named(variable.allowed, {})];
    return <Select id={id} label={variable.title} value={value} options={options} onChange={onInput} />;
  }
  return <Text id={id} label={variable.title} hint={hint} value={value} onInput={onInput} />;
}

type NetworksProps = {
  id: string;
  label: string;
  hint: string;
  value: string[];
  onInput: (networks: string[]) => void;
};

function Networks({ id, label, hint, value, onInput }: NetworksProps) {
  return (
    <Text
      id={id}
      label={label}
      hint={hint}
      value={value.join(', ')}
      onInput={(text) => onInput(listed(text))}
    />
  );
}

type TextProps = { id: string; label: string; hint: string; value: string; onInput: (value: string) => void };

/** Taken over when the field is left: half a network would be refused. */
function Text({ id, label, hint, value, onInput }: TextProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-describedby={hint ? `${id}-hint` : undefined}
        value={value}
        onChange={(event) => onInput(event.currentTarget.value.trim())}
      />
      {hint && (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
    </div>
  );
}

type SelectProps = {
  id: string;
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
};

export function Select({ id, label, value, options, onChange }: SelectProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([key, word]) => (
          <option key={key} value={key}>
            {word}
          </option>
        ))}
      </select>
    </div>
  );
}
