"""What the write core keeps in Firestore: orders, the ledger, customers and counters."""
