"""Browser tests: the real Firebase JS SDK under firestore.rules, against the emulators."""
