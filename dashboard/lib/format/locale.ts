/** The first of a reader's languages that numbers and dates can be written in; English where none is. */
export function localeOf(languages: readonly string[]): string {
  return languages.find(isTag) ?? 'en';
}

function isTag(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false; // Browsers report what the system is set to, such as `en-US@posix`.
  }
}
