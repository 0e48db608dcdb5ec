/** Moments as the person's own country writes them. In seconds, as the server counts. */

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export function dateAndTime(moment: number): string {
  return MOMENT.format(new Date(moment * 1000));
}

export function date(moment: number): string {
  return DATE.format(new Date(moment * 1000));
}
