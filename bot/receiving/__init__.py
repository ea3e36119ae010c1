"""What receiving has in common over all messengers: order, the one poller, and setting aside."""
