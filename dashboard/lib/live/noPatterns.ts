/**
 * In place of re2js, a third of Firestore's code, which only evaluates patterns of its pipelines: nothing
 * here has any. See `next.config.ts`.
 */
export const RE2JS = {
  compile(): never {
    throw new Error('Patterns of pipelines are not part of this dashboard.');
  },
};
