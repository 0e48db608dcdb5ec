/** What is read from a browser: its name, its statistics, its loudness, its candidates. */
import { expect, test } from 'vitest';
import { browserKind } from './browser';
import { candidateForBrowser, candidateForWire, serverForBrowser } from './candidate';
import { levelOf, rmsOf, SilenceWatch } from './meter';
import { pathOf } from './path';

test.each([
  [
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36',
    0,
    'chrome_android',
  ],
  ['Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0', 0, 'firefox_android'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1',
    5,
    'safari_ios',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) CriOS/142.0 Mobile/15E148 Safari/604.1',
    5,
    'other_ios',
  ],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15', 5, 'safari_ios'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15', 0, 'safari'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 0, 'firefox'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0',
    0,
    'chrome',
  ],
])('%s with %i touch points is %s', (userAgent, touchPoints, kind) => {
  expect(browserKind(userAgent, touchPoints)).toBe(kind);
});

const candidates = (local: object, remote: object) => [
  { id: 'L', type: 'local-candidate', candidateType: 'host', ...local },
  { id: 'R', type: 'remote-candidate', candidateType: 'host', ...remote },
];
const PAIR = { id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' };
const CHROMIUM = [PAIR, { id: 'T', type: 'transport', selectedCandidatePairId: 'P' }];
const FIREFOX = [{ ...PAIR, nominated: true, state: 'succeeded', selected: true }];

test.each([
  ['host to host', CHROMIUM, {}, {}, { is: 'direct' }],
  ['through a NAT', CHROMIUM, { candidateType: 'srflx' }, { candidateType: 'prflx' }, { is: 'direct' }],
  [
    'my relay, UDP',
    CHROMIUM,
    { candidateType: 'relay', relayProtocol: 'udp' },
    {},
    { is: 'relayed', over: 'udp', because: 'mine' },
  ],
  [
    'my relay, TLS',
    CHROMIUM,
    { candidateType: 'relay', relayProtocol: 'tls' },
    {},
    { is: 'relayed', over: 'tls', because: 'mine' },
  ],
  [
    'their relay',
    CHROMIUM,
    {},
    { candidateType: 'relay', priority: 58663167 },
    { is: 'relayed', over: 'udp', because: 'theirs' },
  ],
  [
    'both relays, theirs over TLS',
    CHROMIUM,
    { candidateType: 'relay', relayProtocol: 'udp' },
    { candidateType: 'relay', priority: 8331263 },
    { is: 'relayed', over: 'tls', because: 'theirs' },
  ],
  [
    'both relays, both over TLS',
    CHROMIUM,
    { candidateType: 'relay', relayProtocol: 'tls' },
    { candidateType: 'relay', priority: 8331263 },
    { is: 'relayed', over: 'tls', because: 'mine' },
  ],
  [
    'in Firefox',
    FIREFOX,
    { candidateType: 'relay', relayProtocol: 'tcp' },
    {},
    { is: 'relayed', over: 'tcp', because: 'mine' },
  ],
] as const)('the path %s', (_, reports, local, remote, path) => {
  expect(pathOf([...reports, ...candidates(local, remote)])).toEqual(path);
});

test('there is no path before a pair is selected', () => {
  expect(pathOf([{ ...PAIR, state: 'in-progress' }, ...candidates({}, {})])).toBeNull();
});

test('a microphone is silent once nothing came for four seconds', () => {
  const watch = new SilenceWatch();
  expect(watch.isSilent(0, 0)).toBe(false);
  expect(watch.isSilent(3_999, 0)).toBe(false);
  expect(watch.isSilent(4_000, 0)).toBe(true);
  expect(watch.isSilent(4_100, 0.01)).toBe(false);
  expect(watch.isSilent(8_099, 0)).toBe(false);
});

test('loudness', () => {
  expect(rmsOf(new Float32Array([0.5, -0.5]))).toBeCloseTo(0.5);
  expect(levelOf(0)).toBe(0);
  expect(levelOf(1)).toBe(1);
  expect(levelOf(10 ** (-35 / 20))).toBeCloseTo(0.5);
});

test('a candidate survives the way over the wire', () => {
  const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' };
  expect(candidateForBrowser(candidateForWire(candidate as RTCIceCandidate))).toEqual(candidate);
});

test('the end of candidates is undefined to the browser', () => {
  expect(candidateForBrowser(candidateForWire(null))).toBeUndefined();
});

test('a server without credentials has no empty ones', () => {
  expect(serverForBrowser({ urls: ['stun:a'], username: null, credential: null })).toEqual({
    urls: ['stun:a'],
  });
  expect(serverForBrowser({ urls: ['turn:a'], username: 'u', credential: 'c' })).toEqual({
    urls: ['turn:a'],
    username: 'u',
    credential: 'c',
  });
});
