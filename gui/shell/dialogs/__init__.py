"""Windows beside the window. None of them is modal: all goes on behind them."""
