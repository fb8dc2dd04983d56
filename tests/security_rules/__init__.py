"""What browsers may do, asked of the emulator with firestore.rules in force."""
