const FIRST_STRONG_ISOLATE = '\u2068';
const END_OF_ISOLATE = '\u2069';
/** Isolates, their end, and the end of a paragraph, which ends all of them. */
const ENDING_OR_OPENING = /[\u2066-\u2069\u2029]/g;

/** A name that anybody may have given, for the middle of a sentence: as in `<bdi>`, whatever its direction. */
export function isolated(name: string): string {
  return FIRST_STRONG_ISOLATE + name.replaceAll(ENDING_OR_OPENING, '') + END_OF_ISOLATE;
}
