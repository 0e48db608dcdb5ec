import { expect, test } from 'vitest';
import type { Call, Participant } from '../signalling';
import { linkPlan } from './plan';

const someone = (id: string, more: Partial<Participant> = {}): Participant => ({
  id,
  name: id,
  role: 'guest',
  state: 'admitted',
  is_connected: true,
  instance: `${id}-1`,
  media: { microphone: 'on', camera: 'on' },
  colour: 1,
  ...more,
});
const callOf = (you: string, participants: Participant[], phase: Call['phase'] = 'open'): Call => ({
  id: 'c',
  phase,
  opened_at: 0,
  participants,
  you,
  end_reason: null,
});
const linked = (...pairs: [string, string][]) => new Map(pairs.map(([id, instance]) => [id, { instance }]));
const TWO = [someone('a'), someone('b')];

test('the earlier of two makes the offer', () => {
  expect(linkPlan(callOf('a', TWO), new Map()).build).toEqual([
    { participant: 'b', instance: 'b-1', isOfferer: true },
  ]);
  expect(linkPlan(callOf('b', TWO), new Map()).build).toEqual([
    { participant: 'a', instance: 'a-1', isOfferer: false },
  ]);
});

test('the one in the middle offers to those after, and answers those before', () => {
  const { build } = linkPlan(callOf('b', [...TWO, someone('c')]), new Map());
  expect(build.map(({ participant, isOfferer }) => [participant, isOfferer])).toEqual([
    ['a', false],
    ['c', true],
  ]);
});

test('a link that is there is kept', () => {
  const plan = linkPlan(callOf('a', TWO), linked(['b', 'b-1']));
  expect(plan.keep.map(({ participant }) => participant)).toEqual(['b']);
  expect(plan.build).toEqual([]);
  expect(plan.drop).toEqual([]);
});

test('a lost socket leaves the media alone', () => {
  const plan = linkPlan(
    callOf('a', [someone('a'), someone('b', { is_connected: false })]),
    linked(['b', 'b-1']),
  );
  expect(plan.drop).toEqual([]);
});

test('a page that was loaded anew gets a new link', () => {
  const plan = linkPlan(callOf('a', [someone('a'), someone('b', { instance: 'b-2' })]), linked(['b', 'b-1']));
  expect(plan.drop).toEqual(['b']);
  expect(plan.build).toEqual([{ participant: 'b', instance: 'b-2', isOfferer: true }]);
});

test('a server that does not know the instance any more does not end the media', () => {
  const plan = linkPlan(callOf('a', [someone('a'), someone('b', { instance: '' })]), linked(['b', 'b-1']));
  expect(plan.drop).toEqual([]);
  expect(plan.build).toEqual([]);
});

test.each<[string, Partial<Participant>]>([
  ['waits', { state: 'waiting' }],
  ['was refused', { state: 'refused' }],
  ['has left', { state: 'left' }],
  ['has not come yet', { instance: '' }],
])('nobody is linked to who %s', (_, more) => {
  expect(linkPlan(callOf('a', [someone('a'), someone('b', more)]), new Map()).build).toEqual([]);
});

test('who waits is linked to nobody', () => {
  expect(linkPlan(callOf('b', [someone('a'), someone('b', { state: 'waiting' })]), new Map()).build).toEqual(
    [],
  );
});

test.each([
  ['ended', callOf('a', TWO, 'ended')],
  ['gone', undefined],
])('a call that is %s has no links', (_, call) => {
  expect(linkPlan(call, linked(['b', 'b-1'])).drop).toEqual(['b']);
});
