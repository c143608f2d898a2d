"""Back ends: programs as Python source, one for each style."""
