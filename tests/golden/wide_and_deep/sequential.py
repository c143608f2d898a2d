"""wide_and_deep cannot be written in the sequential style: a Sequential model has one input, and this model has 4; use --style functional or --style subclass"""
