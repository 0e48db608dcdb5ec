import { useState } from 'preact/hooks';
import { Icon } from './icons';
import { announce } from './notices';
import { COPIED } from './words';

export function CopyButton({ text, word }: { text: string; word: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await isInClipboard(text))) return;
    setCopied(true);
    announce(COPIED);
  };
  return (
    <button type="button" class="button main" onClick={copy}>
      <Icon name={isCopied ? 'check' : 'copy'} /> {isCopied ? COPIED : word}
    </button>
  );
}

/** `navigator.clipboard` is missing on pages that came over plain HTTP, and may be forbidden in a frame. */
async function isInClipboard(text: string): Promise<boolean> {
  const done = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  return done || isCopiedTheOldWay(text);
}

function isCopiedTheOldWay(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}
