"""One module for each way that data can be written, and what makes a data set of any of them."""
