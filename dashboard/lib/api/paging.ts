/** Where somebody is in a list that is read page by page: the tokens of the pages up to this one. */
export interface Place {
  /** Of the second page and those after it; the first page has none. */
  readonly tokens: readonly string[];
}

export const FIRST: Place = { tokens: [] };

/** The token to ask for this page with; undefined for the first one. */
export function tokenOf(place: Place): string | undefined {
  return place.tokens.at(-1);
}

/** Number of the page, from 1. */
export function pageOf(place: Place): number {
  return place.tokens.length + 1;
}

export function next(place: Place, nextPageToken: string): Place {
  return { tokens: [...place.tokens, nextPageToken] };
}

/** The page before; the first one stays where it is. */
export function previous(place: Place): Place {
  return { tokens: place.tokens.slice(0, -1) };
}
