"""bert cannot be written in the sequential style: a Sequential model has one input, and this model has 2; use --style functional or --style subclass"""
