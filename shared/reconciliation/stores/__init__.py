"""The write core's documents in Firestore: orders, the ledger, customers and counters."""
