"""The parts of the documents that the code decides."""
