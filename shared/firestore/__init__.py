"""Firestore: paths, snapshots, pages and the counter of changes, for every store."""
