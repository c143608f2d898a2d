"""One model in all styles beside each other: what lines up, what differs, and why."""
