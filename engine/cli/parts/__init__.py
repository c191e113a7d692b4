"""What commands share, and what is too heavy to be imported for `--help`."""
