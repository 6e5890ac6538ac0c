"""The commands, one module a noun; each declares itself under the root."""
