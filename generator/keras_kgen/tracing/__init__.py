"""What each generated line stands for."""
