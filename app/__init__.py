"""The browser shell: the server, the frame around the pages, and what the pages draw with."""
