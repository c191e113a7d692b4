"""Known data sets, and the process that downloads them."""
