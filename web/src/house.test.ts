/** The rules of the house: who may import whom, and where colours, sizes and durations live. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = import.meta.dirname;
/** From the bottom up; those in one row do not know each other. */
const LAYERS = [['signalling'], ['media', 'annotate', 'readiness'], ['pages']];
/** Within pages: what all share must not know one of them. */
const PAGES = [
  ['pages/parts'],
  ['pages/field', 'pages/console', 'pages/admin', 'pages/network', 'pages/trust'],
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' });
const sources = files.filter((name) => /\.tsx?$/.test(name));

describe('imports', () => {
  test.each(sources)('%s imports downwards only', (name) => {
    expect(imported(name).filter((target) => breaks(LAYERS, name, target))).toEqual([]);
    expect(imported(name).filter((target) => breaks(PAGES, name, target))).toEqual([]);
  });

  test('every folder has its place', () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(LAYERS.flat()).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
  });

  test('an upward import would be found', () => {
    expect(breaks(LAYERS, 'media/peer.ts', 'pages/parts/words')).toBe(true);
    expect(breaks(LAYERS, 'media/peer.ts', 'annotate/stroke')).toBe(true);
    expect(breaks(PAGES, 'pages/field/visit.ts', 'pages/console/desk')).toBe(true);
    expect(breaks(LAYERS, 'pages/field/visit.ts', 'media')).toBe(false);
  });
});

describe('style sheets', () => {
  const sheets = files.filter((name) => name.endsWith('.css') && name !== 'tokens.css');

  test.each(sheets)('%s names no colour, size or duration', (name) => {
    expect(literals(readFileSync(join(SRC, name), 'utf8'))).toEqual([]);
  });

  test.each(sheets)('%s uses only tokens that there are', (name) => {
    const defined = readFileSync(join(SRC, 'tokens.css'), 'utf8') + readFileSync(join(SRC, name), 'utf8');
    const used = [...readFileSync(join(SRC, name), 'utf8').matchAll(/var\((--[\w-]+)/g)].map(
      ([, token]) => token,
    );
    expect(used.filter((token) => !defined.includes(`${token}:`))).toEqual([]);
  });

  test('a literal would be found', () => {
    expect(literals('a { color: #fff; margin: 4px; transition: 120ms }')).toEqual(['#fff', '4px', '120ms']);
  });
});

function imported(name: string): string[] {
  const text = readFileSync(join(SRC, name), 'utf8');
  return [...text.matchAll(/(?:from|import) '(\.[^']+)'/g)].map(([, path]) =>
    relative(SRC, join(SRC, dirname(name), path ?? '')),
  );
}

function breaks(layers: string[][], source: string, target: string): boolean {
  const [from, to] = [source, target].map((path) => {
    const row = layers.findIndex((folders) => folders.some((folder) => isIn(path, folder)));
    return { row, folder: layers[row]?.find((folder) => isIn(path, folder)) };
  });
  if (!from || !to || from.row < 0 || to.row < 0) return false;
  return to.row > from.row || (to.row === from.row && to.folder !== from.folder);
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Conditions of media queries cannot hold a token, so these may name a width. */
function literals(css: string): string[] {
  const rules = css.replace(/\/\*.*?\*\//gs, '').replace(/@media[^{]*/g, '');
  return rules.match(/#[0-9a-f]{3,8}\b(?=[^{]*;|[^{]*})|\brgba?\(|\b\d*\.?\d+(?:px|rem|em|ms|s)\b/gi) ?? [];
}
