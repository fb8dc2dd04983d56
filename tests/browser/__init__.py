"""What a browser gets: the real Firebase JS SDK under firestore.rules, against the emulators."""
