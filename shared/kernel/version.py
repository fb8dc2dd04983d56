"""The version of this product, in one place."""

VERSION = "0.3.0"
