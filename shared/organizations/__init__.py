"""Organisations: ids, per-organisation settings and who may see which one."""
