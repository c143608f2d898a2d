"""multi_task cannot be written in the sequential style: a Sequential model has one output, and this model has 3; use --style functional or --style subclass"""
