/** The calendar date of an instant in an IANA time zone, such as `2026-01-31`. */
export function dateIn(timeZone: string, at: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);
}

/** The latest calendar date that has begun everywhere: no organisation has it in the future. */
export function dateBegunEverywhere(at: Date): string {
  return dateIn('Etc/GMT+12', at);
}

/** The calendar date so many days before another one. */
export function daysBefore(date: string, days: number): string {
  const at = new Date(`${date}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() - days);
  return at.toISOString().slice(0, 10);
}
