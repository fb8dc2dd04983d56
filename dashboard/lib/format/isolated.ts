const FIRST_STRONG_ISOLATE = '\u2068';
const END_OF_ISOLATE = '\u2069';

/** A name that anybody may have given, for the middle of a sentence: as in `<bdi>`, whatever its direction. */
export function isolated(name: string): string {
  return FIRST_STRONG_ISOLATE + name.replaceAll(END_OF_ISOLATE, '') + END_OF_ISOLATE;
}
