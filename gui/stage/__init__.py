"""The window without a person: screenshots, the pictures of README and docs/tour.md."""
