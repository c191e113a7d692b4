"""The window without a person: screenshots, the README's pictures."""
