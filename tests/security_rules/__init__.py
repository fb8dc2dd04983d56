"""Access of browsers, tested on the emulator with firestore.rules in force."""
