import { expect, test } from 'vitest';
import { deviceProblem, isWorthTryingAlone } from './problem';

// The messages are what the browsers say (Chromium 156, Firefox 145, Safari 18).
test.each([
  ['NotAllowedError', 'Permission denied', 'denied'],
  ['NotAllowedError', 'Permission denied by system', 'blocked_by_system'],
  ['NotAllowedError', 'Permission dismissed', 'dismissed'],
  [
    'NotAllowedError',
    'The request is not allowed by the user agent or the platform in the current context.',
    'denied',
  ],
  ['SecurityError', '', 'denied'],
  ['NotFoundError', 'Requested device not found', 'absent'],
  ['OverconstrainedError', '', 'absent'],
  ['NotReadableError', 'Could not start video source', 'in_use'],
  ['AbortError', 'Starting videoinput failed', 'in_use'],
  ['TypeError', '', 'unknown'],
] as const)('%s: %s is %s', (name, message, problem) => {
  expect(deviceProblem({ name, message })).toBe(problem);
});

test('a refusal by a person is not asked about again', () => {
  expect(isWorthTryingAlone('denied')).toBe(false);
  expect(isWorthTryingAlone('dismissed')).toBe(false);
  expect(isWorthTryingAlone('absent')).toBe(true);
  expect(isWorthTryingAlone('in_use')).toBe(true);
});
