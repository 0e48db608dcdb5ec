import type { Devices } from '../../media';
import { Icon } from './icons';
import { DISMISS, PROBLEM } from './words';

/** A card that waits to be read, and goes when it was. */
export function Dismissible({ text, onDismiss }: { text: string; onDismiss: () => void }) {
  return (
    <div class="notice">
      <Icon name="warning" />
      <span role="status">{text}</span>
      <button type="button" class="button plain" aria-label={DISMISS} onClick={onDismiss}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** When a camera or microphone that was asked for did not come. */
export function DeviceNote({ devices }: { devices: Devices }) {
  const problem = devices.problem.value;
  if (!problem) return null;
  return <Dismissible text={PROBLEM[problem]} onDismiss={() => devices.forgetProblem()} />;
}
