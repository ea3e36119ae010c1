"""VK: a community that asks, answers and listens."""
