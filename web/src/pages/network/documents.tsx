import { useState } from 'preact/hooks';
import { network, type Refusal, Refused } from '../../signalling';
import { announce } from '../parts/notices';
import { RefusalNote } from '../parts/refusal';
import type { Choice } from './choice';
import { offer } from './download';
import { Select } from './site_form';
import { DOCUMENT } from './words';

/** Change request, one page, full table: as a file. */
export function Documents({ choice }: { choice: Choice }) {
  const [kind, setKind] = useState('change-request');
  const [language, setLanguage] = useState('en');
  const [format, setFormat] = useState('pdf');
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const make = async () => {
    setBusy(true);
    setRefusal(null);
    const { target: _, ...asked } = choice;
    const name = `${choice.service}-${kind}-${language}.${format}`;
    try {
      offer(await network.document({ ...asked, kind, language, format }), name);
      announce(DOCUMENT.done(name));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setRefusal(error.refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="stack" aria-labelledby="documents">
      <h2 id="documents">{DOCUMENT.title}</h2>
      <p class="quiet">{DOCUMENT.text}</p>
      <div class="site">
        <Select
          id="kind"
          label={DOCUMENT.kind}
          value={kind}
          options={Object.entries(DOCUMENT.kinds)}
          onChange={setKind}
        />
        <Select
          id="language"
          label={DOCUMENT.language}
          value={language}
          options={Object.entries(DOCUMENT.languages)}
          onChange={setLanguage}
        />
        <Select
          id="format"
          label={DOCUMENT.format}
          value={format}
          options={Object.entries(DOCUMENT.formats)}
          onChange={setFormat}
        />
      </div>
      {refusal && <RefusalNote refusal={refusal} />}
      <div>
        <button type="button" class="button" disabled={isBusy} onClick={make}>
          {isBusy ? DOCUMENT.making : DOCUMENT.make}
        </button>
      </div>
    </section>
  );
}
