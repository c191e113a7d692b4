"""Windows beside the main window. None of them is modal: everything behind them stays usable."""
