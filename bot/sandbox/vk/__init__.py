"""VK's API, Bots Long Poll and Callback API as a local server."""
