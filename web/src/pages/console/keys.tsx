/** One key, one action; `?` shows them. They can be turned off (WCAG 2.1.4) and never act while somebody types. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { openChat } from './call_panel';
import type { Desk } from './desk';
import { KEYS } from './words';

const KEY = 'sightline.single_keys';
const isOn = signal(localStorage.getItem(KEY) !== 'off');
export const isShowingKeys = signal(false);

export function useKeys(desk: Desk): void {
  useEffect(() => {
    const handle = (event: KeyboardEvent) => {
      if (!isOn.value || event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event))
        return;
      if (isShowingKeys.value) return;
      const action = actionFor(event.key, desk);
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', handle);
    return () => document.removeEventListener('keydown', handle);
  }, [desk]);
}

function actionFor(key: string, desk: Desk): (() => void) | null {
  const first = desk.waiting.value[0];
  const isInCall = desk.call.value !== null;
  switch (key) {
    case '/':
      return () => document.getElementById('search')?.focus();
    case '?':
      return () => {
        isShowingKeys.value = true;
      };
    case 'n':
      return isInCall ? null : () => document.getElementById('new-invite')?.click();
    case 'l':
      // The button itself is pressed, so that it asks the same questions as a click does.
      return first ? () => document.querySelector<HTMLButtonElement>('.let-in')?.click() : null;
    case 'm':
      return isInCall ? () => desk.toggleMicrophone() : null;
    case 'v':
      return isInCall ? () => void desk.devices.toggleCamera() : null;
    case 'c':
      return isInCall ? () => openChat(desk) : null;
    case 'd':
      return isInCall ? () => toggleDrawing(desk) : null;
    case 'z':
      return isInCall ? () => desk.drawing.undo() : null;
    case 'Z':
      return isInCall ? () => desk.drawing.redo() : null;
    case 'E':
      return isInCall ? () => desk.hangUp() : null;
    default:
      return null;
  }
}

function toggleDrawing({ drawing }: Desk): void {
  drawing.tool.value = drawing.tool.value === null ? 'freehand' : null;
}

function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}

export function KeysDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isShowingKeys.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const close = () => {
    isShowingKeys.value = false;
  };
  return (
    <dialog ref={dialog} class="card keys" aria-labelledby="keys" onClose={close}>
      <div class="stack">
        <h2 id="keys">{KEYS.title}</h2>
        <dl>
          {KEYS.list.map(({ key, does }) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <label class="choice">
          <input
            type="checkbox"
            checked={isOn.value}
            onChange={(event) => turn(event.currentTarget.checked)}
          />
          <span>
            {KEYS.single}
            <span class="quiet small"> {KEYS.singleHint}</span>
          </span>
        </label>
        <button type="button" class="button main" onClick={close}>
          {KEYS.close}
        </button>
      </div>
    </dialog>
  );
}

function turn(on: boolean): void {
  isOn.value = on;
  localStorage.setItem(KEY, on ? 'on' : 'off');
}
