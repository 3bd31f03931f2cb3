"""The shared test pictures: NASA's astronaut and the portraits that we draw ourselves."""
