"""What plugins are made of: host, tools, chains, recipes, and how plugins are found and checked."""
