"""Draws the library's portraits anew: python -m samples; takes minutes."""

from samples.library import rebuild

if __name__ == "__main__":
    rebuild()
