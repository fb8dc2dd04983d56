"""Firestore: paths, document shapes, reads and atomic commits."""
