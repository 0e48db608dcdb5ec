import { describe, expect, test } from 'vitest';
import { type Choice, choiceIn, listed, NOTHING_CHOSEN, queryOf } from './choice';

const EVERYTHING: Choice = {
  ...NOTHING_CHOSEN,
  service: 'worklink',
  target: 'nftables',
  platform: 'ios',
  region: 'EU & UK',
  necessities: ['required', 'fallback'],
  clients: ['10.0.0.0/8', 'fd00::/8'],
  peers: ['192.0.2.0/24'],
  variables: { twilio_region: 'de1', port: '5061' },
};

describe('the address of the page', () => {
  test('holds all that was chosen', () => {
    expect(choiceIn(queryOf(EVERYTHING))).toEqual(EVERYTHING);
  });

  test('is bare while nothing is chosen', () => {
    expect(queryOf(NOTHING_CHOSEN)).toBe('');
    expect(choiceIn('')).toEqual(NOTHING_CHOSEN);
  });

  test('leaves out a variable that was emptied', () => {
    expect(queryOf({ ...NOTHING_CHOSEN, variables: { port: '' } })).toBe('');
  });
});

test('a list may be typed with commas, blanks or both', () => {
  expect(listed(' 10.0.0.0/8,  fd00::/8;192.0.2.1 ')).toEqual(['10.0.0.0/8', 'fd00::/8', '192.0.2.1']);
});
