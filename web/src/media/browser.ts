/** Which browser this is, only to say where to tap: what it can do is always asked of the browser itself. */

export type BrowserKind =
  | 'chrome_android'
  | 'firefox_android'
  | 'safari_ios'
  | 'other_ios'
  | 'firefox'
  | 'safari'
  | 'chrome';

export function browserKind(userAgent: string, touchPoints = 0): BrowserKind {
  // An iPad says that it is a Mac, but no Mac has a touch screen.
  const isIos = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1);
  if (isIos) return /CriOS|FxiOS|EdgiOS/.test(userAgent) ? 'other_ios' : 'safari_ios';
  if (/Android/.test(userAgent)) return /Firefox\//.test(userAgent) ? 'firefox_android' : 'chrome_android';
  if (/Firefox\//.test(userAgent)) return 'firefox';
  if (/Safari\//.test(userAgent) && !/Chrom(e|ium)\//.test(userAgent)) return 'safari';
  return 'chrome';
}
