/** What is shown for a number that nobody knows; never 0. */
export const UNKNOWN = '–';

export interface Formats {
  /** An amount of the organisation's currency. */
  money(value: number | null | undefined): string;
  /** An amount without cents, for large numbers. */
  roundMoney(value: number | null | undefined): string;
  count(value: number | null | undefined): string;
  decimal(value: number | null | undefined, digits?: number): string;
  /** A share of 0 to 1, in percent. */
  share(value: number | null | undefined, digits?: number): string;
  /** A day and time where the organisation is. */
  instant(value: string | null | undefined): string;
  /** The day of an instant where the organisation is. */
  day(value: string | null | undefined): string;
  /** A calendar date such as `2026-01-31`, which has no time zone. */
  date(value: string | null | undefined): string;
}

/**
 * How numbers and times are shown in a locale, a currency and an IANA time zone. No amount is known
 * while the currency is not.
 */
export function formatsOf(locale: string, currency: string | undefined, timeZone: string | undefined): Formats {
  const amount = (digits?: number) => {
    if (currency === undefined) return () => UNKNOWN;
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: digits });
    return known<number>((value) => format.format(value));
  };
  const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const instant = new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone,
  });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  return {
    money: amount(),
    roundMoney: amount(0),
    count: known((value) => count.format(value)),
    decimal: (value, digits = 1) =>
      known((number: number) =>
        number.toLocaleString(locale, {
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
        }),
      )(value),
    share: (value, digits = 1) =>
      known((number: number) =>
        number.toLocaleString(locale, {
          style: 'percent',
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
        }),
      )(value),
    instant: known((value) => instant.format(new Date(value))),
    day: known((value) => day.format(new Date(value))),
    date: known((value) => date.format(new Date(`${value}T00:00:00Z`))),
  };
}

/** How much `now` is above (or below) `before`, as a share of `before`; null where that is 0. */
export function change(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / before;
}

function known<T>(format: (value: T) => string): (value: T | null | undefined) => string {
  return (value) => (value === null || value === undefined ? UNKNOWN : format(value));
}
