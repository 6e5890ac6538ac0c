"""Scheme plugin."""
