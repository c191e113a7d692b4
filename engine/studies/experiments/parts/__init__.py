"""What experiments share: what one consists of, the place where it is carried out, steps of their own."""
