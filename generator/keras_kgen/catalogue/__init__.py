"""What Keras offers: every public layer, loss, optimizer and op, with its parameters."""
