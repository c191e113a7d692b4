"""One package per tab, named as the user names it; its module `tab` has a subclass of `Tab`. All are found."""
