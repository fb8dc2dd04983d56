"""The product: rules per capability, with Firestore behind `shared.storage`."""
