"""Python source text: the only doors through which text enters generated code."""
