"""Pictures on their way into the app and out of it."""
