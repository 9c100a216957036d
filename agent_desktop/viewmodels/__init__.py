"""What a screen shows and offers: frozen values and pure functions, for the window and the terminal alike."""
