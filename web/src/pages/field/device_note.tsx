import type { Devices } from '../../media';
import { Icon } from '../parts/icons';
import { PROBLEM } from '../parts/words';

/** When a camera or microphone that was asked for later did not come. */
export function DeviceNote({ devices }: { devices: Devices }) {
  const problem = devices.problem.value;
  if (!problem) return null;
  return (
    <p class="notice" role="status">
      <Icon name="warning" /> {PROBLEM[problem]}
    </p>
  );
}
