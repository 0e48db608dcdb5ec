/** Why a browser gives no camera or microphone, read from its error. Pure: each has its own screen. */

export type DeviceProblem =
  /** The page is not trusted: the browser hides its devices altogether. */
  | 'insecure'
  /** The person said no, now or at some earlier time. */
  | 'denied'
  /** The person closed the question without an answer. */
  | 'dismissed'
  /** The browser itself may not use the device. */
  | 'blocked_by_system'
  /** Another program holds it. */
  | 'in_use'
  | 'absent'
  | 'unknown';

export function deviceProblem(error: { name?: string; message?: string }): DeviceProblem {
  const message = error.message ?? '';
  switch (error.name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError': // Safari 11 and some web views
      // Chromium tells these apart in the message alone: "Permission denied by system", "Permission dismissed".
      if (/by system/i.test(message)) return 'blocked_by_system';
      if (/dismissed/i.test(message)) return 'dismissed';
      return 'denied';
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'absent';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError': // Firefox, when the device stops while starting
      return 'in_use';
    default:
      return 'unknown';
  }
}

/** After which problems one device alone is worth a try: a refusal by a person is not asked about again. */
export function isWorthTryingAlone(problem: DeviceProblem): boolean {
  return problem === 'absent' || problem === 'in_use' || problem === 'unknown';
}
