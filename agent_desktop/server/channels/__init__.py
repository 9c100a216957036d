"""Where interactions come from: an adapter per channel, which knows neither the others nor the hub."""
