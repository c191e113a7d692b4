"""Plug-ins: questions and pages of other people, which are asked in processes of their own."""
