"""Fields, choices, buttons and sliders, and forms of them."""
